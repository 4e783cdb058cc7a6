package pay

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"kiosk/sale"
)

// object is a JSON object whose names are all different, at every depth.
type object map[string]any

// maxDepth keeps a hostile answer from eating the stack.
const maxDepth = 12

var errJSON = errors.New("refuse the answer: it is not one plain JSON object")

// readObject reads one JSON object. It refuses whatever two readers could see differently: doubled names,
// bytes that are no UTF-8, anything behind the object. Fields that we do not know are kept and mean nothing.
func readObject(body []byte) (object, error) {
	if len(body) > maxBody || !utf8.Valid(body) {
		return nil, errJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, errJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errJSON
	}
	o, ok := v.(object)
	if !ok {
		return nil, errJSON
	}
	return o, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil || depth > maxDepth {
		return nil, errJSON
	}
	switch token {
	case json.Delim('{'):
		return readFields(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

func readFields(d *json.Decoder, depth int) (any, error) {
	o := object{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errJSON
		}
		if _, twice := o[name]; twice || len(o) == maxFields {
			return nil, errJSON
		}
		if o[name], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return o, err
}

// text is a string field; "" if it is absent or something else.
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// within is an object field; an empty one if it is absent or something else.
func (o object) within(name string) object {
	in, _ := o[name].(object)
	return in
}

func (o object) need(name string) (string, error) { return needText(name, o.text(name)) }

// readFen reads a plain amount: a number of digits only.
func (o object) readFen(name string) (sale.Fen, error) {
	n, ok := o[name].(json.Number)
	if !ok {
		return 0, errors.New("read the answer: it lacks " + name)
	}
	fen, ok := parseDigits(n.String())
	if !ok {
		return 0, errors.New("read the answer: its " + name + " is no plain amount")
	}
	return sale.Fen(fen), nil
}
