package metrics

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// writer writes one family of metrics after the other, as Prometheus reads them (text format 0.0.4).
type writer struct {
	bytes.Buffer
	family *family
	begun  bool
}

// begin writes what stands before a family's first sample: one without samples leaves no trace.
func (w *writer) begin() {
	if w.begun {
		return
	}
	w.begun = true
	w.WriteString("# HELP " + w.family.name + " " + helpText.Replace(w.family.help) + "\n")
	w.WriteString("# TYPE " + w.family.name + " " + w.family.kind + "\n")
}

// put writes a sample, with the values of the family's labels in their order.
func (w *writer) put(v float64, values ...string) { w.sample("", v, w.family.labels, values) }

// yes writes a sample that is 1 or 0.
func (w *writer) yes(is bool, values ...string) {
	v := 0.0
	if is {
		v = 1
	}
	w.put(v, values...)
}

func (w *writer) sample(suffix string, v float64, names, values []string) {
	w.begin()
	w.WriteString(w.family.name + suffix)
	for i, name := range names {
		before := ","
		if i == 0 {
			before = "{"
		}
		w.WriteString(before + name + `="` + labelText.Replace(strings.ToValidUTF8(values[i], "\uFFFD")) + `"`)
	}
	if len(names) > 0 {
		w.WriteByte('}')
	}
	w.WriteString(" " + decimal(v) + "\n")
}

var (
	helpText  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelText = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	le        = []string{"le"}
)

func decimal(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// spread writes a histogram: how many were at most so long, for each bound.
func (w *writer) spread(bounds []float64, h histogram) {
	sum := uint64(0)
	for i, n := range append(bounds[:len(bounds):len(bounds)], math.Inf(1)) {
		if h.buckets != nil {
			sum += h.buckets[i]
		}
		w.sample("_bucket", float64(sum), le, []string{decimal(n)})
	}
	w.sample("_sum", h.sum.Seconds(), nil, nil)
	w.sample("_count", float64(h.count), nil, nil)
}
