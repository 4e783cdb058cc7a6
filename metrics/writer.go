package metrics

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// writer writes one family of metrics after the other, as Prometheus reads them (text exposition format 0.0.4).
type writer struct {
	bytes.Buffer
	family *family
	begun  bool
}

// putSample writes a sample, with the values of the family's labels in their order.
func (w *writer) putSample(v float64, values ...string) { w.writeLine("", v, w.family.labels, values) }

// putBool writes a sample that is 1 or 0.
func (w *writer) putBool(is bool) {
	if is {
		w.putSample(1)
		return
	}
	w.putSample(0)
}

// putEach writes a sample for every key that was counted; none if nobody counts.
func (w *writer) putEach(read func() map[string]int) {
	if read == nil {
		return
	}
	counts := read()
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		w.putSample(float64(counts[key]), key)
	}
}

// writeLine writes one line. HELP and TYPE stand before a family's first one, so that a family without samples leaves no trace.
func (w *writer) writeLine(suffix string, v float64, names, values []string) {
	if f := w.family; !w.begun {
		w.begun = true
		w.WriteString("# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " " + f.kind + "\n")
	}
	var labels []string
	for i, name := range names {
		// The format knows these three escapes only, and no byte that is not UTF-8.
		labels = append(labels, name+`="`+labelText.Replace(strings.ToValidUTF8(values[i], "\uFFFD"))+`"`)
	}
	w.WriteString(w.family.name + suffix)
	if labels != nil {
		w.WriteString("{" + strings.Join(labels, ",") + "}")
	}
	w.WriteString(" " + formatValue(v) + "\n")
}

var labelText = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func formatValue(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) } // +Inf as the format wants it

// putHistogram writes for each bound how many were at most so long.
func (w *writer) putHistogram(bounds []float64, h histogram) {
	sum := uint64(0)
	for i, n := range append(bounds[:len(bounds):len(bounds)], math.Inf(1)) {
		if h.buckets != nil {
			sum += h.buckets[i]
		}
		w.writeLine("_bucket", float64(sum), []string{"le"}, []string{formatValue(n)})
	}
	w.writeLine("_sum", h.sum.Seconds(), nil, nil)
	w.writeLine("_count", float64(h.count), nil, nil)
}
