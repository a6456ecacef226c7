package dialect

import (
	"fmt"
	"math"
	"strconv"
)

// pad notes the margins top:right:bottom:left, of which those that are left out are as the ones across, and all as the top.
func (o *imgproxyOptions) pad(args []string, option string) {
	like := [4]int{0, 0, 0, 1}
	for i := range o.padding {
		if i < len(args) && args[i] != "" {
			o.padding[i] = int(o.number(args[i], option, 0, 1000))
		} else {
			o.padding[i] = o.padding[like[i]]
		}
	}
}

// applyPadding sets the margins. Those of imgproxy are around the box, and those of the grammar within it; dpr multiplies the former.
func (o *imgproxyOptions) applyPadding() {
	if o.padding == [4]int{} {
		return
	}
	dpr := 1.0
	if value := o.values["dpr"]; value != "" {
		dpr = o.number(value, "dpr:"+value, 0, 100)
	}
	for i, side := range []string{"top", "right", "bottom", "left"} {
		o.whole("pad-"+side, math.Round(float64(o.padding[i])*dpr))
	}
	for side, margins := range map[string]int{"w": o.padding[1] + o.padding[3], "h": o.padding[0] + o.padding[2]} {
		if n, err := strconv.Atoi(o.values[side]); err == nil {
			o.set(side, strconv.Itoa(n+margins))
		}
	}
}

// tint translates monochrome, intensity:color, and duotone, intensity:color:color.
func (o *imgproxyOptions) tint(name string, args []string, option string) {
	intensity := o.number(args[0], option, 0, 1)
	color := func(i int, absent string) string {
		if i < len(args) && args[i] != "" {
			return args[i]
		}
		return absent
	}
	switch {
	case intensity == 0:
	case name == "monochrome":
		o.set(name, color(1, "b3b3b3")+fmt.Sprintf("%02x", int(math.Round(255*intensity))))
	default:
		o.set(name, color(1, "000000")+","+color(2, "ffffff"))
		o.whole("duotone-alpha", 100*intensity)
	}
}
