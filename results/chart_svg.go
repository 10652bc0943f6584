package results

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// The canvas of a chart, in units that are pixels on a narrow phone: text stays
// readable there, and grows on a wide screen.
const (
	canvasWidth  = 400.0
	canvasHeight = 230.0
	plotLeft     = 58.0
	plotRight    = canvasWidth - 20
	plotTop      = 22.0
	plotBottom   = canvasHeight - 24
)

// svg draws a chart and its legend. Colours are classes of the page's style, so
// that they follow the reader's light or dark; lines differ by dashes too.
func (c *chart) svg() template.HTML {
	var b strings.Builder
	low, high, ticks := c.domain()
	fmt.Fprintf(&b, `<figure class="chart"><figcaption>%s</figcaption><svg viewBox="0 0 %g %g" role="img" aria-label="%s">`,
		html.EscapeString(c.title), canvasWidth, canvasHeight, html.EscapeString(c.title+": "+c.about))
	c.drawBands(&b)
	for _, t := range ticks {
		y := c.y(t.at, low, high)
		fmt.Fprintf(&b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
			plotLeft, y, plotRight, plotLeft-5, y+4, html.EscapeString(t.label))
	}
	for _, t := range c.xTicks {
		fmt.Fprintf(&b, `<path class="grid" d="M%.1f %gV%g"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			c.x(t.at), plotBottom, plotBottom+4, c.x(t.at), plotBottom+17, html.EscapeString(t.label))
	}
	for i, l := range c.lines {
		fmt.Fprintf(&b, `<path class="line c%d" d="%s"><title>%s</title></path>`, i%colours, c.path(l, low, high), html.EscapeString(l.name))
	}
	c.drawMarks(&b)
	b.WriteString(`</svg>`)
	c.drawLegend(&b)
	b.WriteString(`</figure>`)
	return template.HTML(b.String())
}

// colours is how many classes the page's style has for lines.
const colours = 6

func (c *chart) x(v float64) float64 {
	return plotLeft + (v-c.from)/(c.to-c.from)*(plotRight-plotLeft)
}

func (c *chart) y(v, low, high float64) float64 {
	if c.logarithmic {
		v, low, high = math.Log10(max(v, low)), math.Log10(low), math.Log10(high)
	}
	return plotBottom - (v-low)/(high-low)*(plotBottom-plotTop)
}

// path joins a line's points and lifts the pen over gaps. A point between two
// gaps becomes a dot, by a stroke of no length with round ends.
func (c *chart) path(l line, low, high float64) string {
	var b strings.Builder
	down := false
	for i, v := range l.y {
		if math.IsNaN(v) {
			down = false
			continue
		}
		step := "L"
		if !down {
			step = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", step, c.x(l.x[i]), c.y(v, low, high))
		if !down {
			b.WriteString("h0")
		}
		down = true
	}
	return b.String()
}

// drawBands shades phases and names those that have the room.
func (c *chart) drawBands(b *strings.Builder) {
	for _, p := range c.bands {
		class := "phase"
		if p.measured {
			class = "phase measured"
		}
		from, to := c.x(max(p.from, c.from)), c.x(min(p.to, c.to))
		if to <= from {
			continue
		}
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%g" width="%.1f" height="%g"><title>%s</title></rect>`,
			class, from, plotTop, to-from, plotBottom-plotTop, html.EscapeString(p.name))
		if to-from > 7*float64(len([]rune(p.name))) {
			fmt.Fprintf(b, `<text class="name" x="%.1f" y="%g" text-anchor="middle">%s</text>`,
				(from+to)/2, plotTop-5, html.EscapeString(p.name))
		}
	}
}

// drawMarks draws events as numbered uprights; the legend says what they were.
func (c *chart) drawMarks(b *strings.Builder) {
	for i, m := range c.marks {
		fmt.Fprintf(b, `<g><title>%s</title><path class="event" d="M%.1f %gV%g"/><text class="event" x="%.1f" y="%g">%d</text></g>`,
			html.EscapeString(m.name), c.x(m.at), plotTop, plotBottom, c.x(m.at)+3, plotTop+11, i+1)
	}
}

func (c *chart) drawLegend(b *strings.Builder) {
	b.WriteString(`<ul class="legend">`)
	for i, l := range c.lines {
		fmt.Fprintf(b, `<li><svg viewBox="0 0 24 8" aria-hidden="true"><path class="line c%d" d="M1 4H23"/></svg>%s</li>`,
			i%colours, html.EscapeString(l.name))
	}
	for i, m := range c.marks {
		fmt.Fprintf(b, `<li><span class="event">%d</span> %s</li>`, i+1, html.EscapeString(m.name))
	}
	b.WriteString(`</ul>`)
}
