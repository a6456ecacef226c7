package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readPages returns the text of all pages of the repository, by path.
func readPages(t *testing.T) map[string]string {
	t.Helper()
	root, pages := os.DirFS("../.."), make(map[string]string)
	must(t, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(name) > 1 && (entry.Name()[0] == '.' || entry.Name() == "node_modules"):
			return fs.SkipDir
		case path.Ext(name) == ".md":
			text, err := fs.ReadFile(root, name)
			pages[name] = string(text)
			return err
		}
		return nil
	}))
	return pages
}

var (
	pageCode      = regexp.MustCompile("(?m)^ {4}.*$|`[^`\n]*`")
	pageLink      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pageReference = regexp.MustCompile(`\[([^\]]+)\]\[([^\]]*)\]`)
	pageHeading   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchors  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the names by which links can refer to the headings of a page, as GitHub derives them.
func anchors(text string) (names []string) {
	for _, heading := range pageHeading.FindAllStringSubmatch(text, -1) {
		name := notInAnchors.ReplaceAllString(strings.ToLower(heading[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// TestPageLinks follows the links from each page to files of the repository, and to headings in them.
func TestPageLinks(t *testing.T) {
	pages := readPages(t)
	for name, text := range pages {
		plain := pageCode.ReplaceAllString(text, "")
		for _, link := range pageLink.FindAllStringSubmatch(plain, -1) {
			if strings.Contains(link[1], "://") || link[1][0] == '/' { // of a server
				continue
			}
			file, anchor, _ := strings.Cut(link[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := fs.Stat(os.DirFS("../.."), target); err != nil {
				t.Errorf("%s links to %s: %v", name, link[1], err)
			} else if anchor != "" && !slices.Contains(anchors(pages[target]), anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, link[1])
			}
		}
		for _, reference := range pageReference.FindAllStringSubmatch(plain, -1) {
			label := reference[2]
			if label == "" {
				label = reference[1]
			}
			if !strings.Contains(plain, "\n["+label+"]: ") {
				t.Errorf("%s does not define the link [%s]", name, label)
			}
		}
	}
}
