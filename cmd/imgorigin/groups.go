package main

import "github.com/alecthomas/kong"

// groups are the headings under which --help and the README show flags.
var groups = []kong.Group{
	{Key: "places", Title: "Places:"},
	{Key: "keeping", Title: "Keeping:"},
	{Key: "urls", Title: "URLs:"},
	{Key: "pictures", Title: "Pictures:"},
	{Key: "load", Title: "Load:"},
	{Key: "doors", Title: "Doors:"},
	{Key: "events", Title: "Events and warming:"},
	{Key: "uploads", Title: "Uploads:"},
	{Key: "listening", Title: "Listening:"},
	{Key: "sight", Title: "Log, figures and traces:"},
}
