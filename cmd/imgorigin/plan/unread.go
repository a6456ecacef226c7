package plan

import (
	"cmp"
	"slices"
)

// An Unread is a kind of URLs that could not be read.
type Unread struct {
	What     string `json:"what"`
	Requests int64  `json:"requests"`
}

// unread counts URLs that could not be read, by what is wrong with them.
type unread map[string]int64

// maxUnread bounds the kinds: some are named by what clients send.
const maxUnread = 1000

func (u *unread) add(what string) {
	if *u == nil {
		*u = make(unread)
	}
	if _, known := (*u)[what]; !known && len(*u) >= maxUnread {
		what = "other reasons"
	}
	(*u)[what]++
}

// all returns how many there are, and the most frequent kinds.
func (u unread) all() (sum int64, most []Unread) {
	for what, n := range u {
		sum += n
		most = append(most, Unread{what, n})
	}
	slices.SortFunc(most, func(a, b Unread) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.What, b.What))
	})
	return sum, most[:min(len(most), 10)]
}
