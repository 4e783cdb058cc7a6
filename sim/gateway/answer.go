package gateway

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// request is a call that has been read, with what it is carried out under.
type request struct {
	Call
	params map[string]string
	kind   string // the sign type it asks to be answered in
	wants  string // v3: the key it asks to be answered with
	t      *Trouble
	now    time.Time
}

// reply is the business half of an answer, before it is signed and written down.
type reply struct {
	outcome  string
	fields   []element
	unsigned bool // return_code FAIL: the gateway does not know who is asking

	raw    []byte         // a file instead of a message
	status int            // v3 only, as is json
	json   map[string]any // nil: no body
}

// successReply is result_code SUCCESS with the given name and value pairs; empty values are left out.
func successReply(pairs ...string) reply {
	r := reply{outcome: success, fields: []element{{"result_code", "SUCCESS"}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			r.fields = append(r.fields, element{pairs[i], pairs[i+1]})
		}
	}
	return r
}

// failReply is a signed refusal.
func failReply(code, text string) reply {
	return reply{outcome: code, fields: []element{{"result_code", "FAIL"}, {"err_code", code}, {"err_code_des", text}}}
}

// unsignedFailure is the refusal of a call whose sender is not proven; it carries no signature.
func unsignedFailure(code, text string) reply {
	return reply{outcome: code, unsigned: true, fields: []element{{"return_code", "FAIL"}, {"return_msg", text}}}
}

// withField adds a field, unless it is empty: real answers leave those out.
func (r reply) withField(name, value string) reply {
	if value != "" {
		r.fields = append(r.fields, element{name, value})
	}
	return r
}

// carryOut does what the request asks and writes the answer, unless trouble comes between.
// The state is kept before it returns. It is called with the lock held.
func (g *Gateway) carryOut(in wire, call Call, t *Trouble, now time.Time) (answer, error) {
	status, paged := 0, t.Status != 0 && (!in.v3() || t.Status >= 500 && t.Code == "")
	switch {
	case g.kept.Mode == ModeDown:
		g.appendCall(call, "refused")
		return answer{}, errRefused
	case call.Endpoint == "":
		status = http.StatusNotFound
	case in.noCert && needsCertificate(in.path):
		status = http.StatusBadRequest
	case !t.After && paged:
		status = t.Status
	}
	if status != 0 {
		g.appendCall(call, fmt.Sprint("HTTP ", status))
		return errorPage(status, now), nil
	}
	q := &request{Call: call, t: t, now: now}
	r := g.answerV2(in, q)
	if err := g.saveState(); err != nil {
		g.appendCall(call, "not kept")
		g.addViolation(err.Error())
		return answer{}, errCut
	}
	a := answer{status: http.StatusOK, kind: "text/plain", date: now, slow: t.Slow, cut: t.Cut}
	if in.v3() {
		g.writeV3(&a, q, r)
	} else {
		a.body = g.writeV2(q, r)
	}
	switch {
	case t.Lose == "answer" || g.kept.Mode == ModeLost:
		g.appendCall(call, r.outcome+", answer lost")
		return answer{}, errCut
	case paged:
		g.appendCall(call, fmt.Sprint(r.outcome, ", then HTTP ", t.Status))
		return errorPage(t.Status, now), nil
	case t.Forge != "":
		r.outcome += ", forged " + t.Forge
	}
	g.appendCall(call, r.outcome)
	return a, nil
}

// answerV2 lets an honest call through to its endpoint.
func (g *Gateway) answerV2(in wire, q *request) reply {
	if in.v3() {
		return g.answerV3(in, q)
	}
	refusal, ok := g.checkV2(in, q)
	ep := v2Endpoints()[q.Endpoint]
	if ok {
		refusal, ok = q.checkFields(ep.needs)
	}
	paper := q.Endpoint == "downloadbill" || q.Endpoint == "downloadfundflow"
	if !ok && paper {
		return billRefusal(refusal.outcome)
	}
	if !ok {
		return refusal
	}
	told := failReply(q.t.Code, words[q.t.Code])
	if paper {
		told = billRefusal(q.t.Code)
	}
	if q.Endpoint == "reverse" {
		told = told.withField("recall", "Y")
	}
	if q.t.Code != "" && !q.t.After && q.Endpoint != "micropay" {
		return told // micropay's codes decide for themselves what they book
	}
	r := ep.do(g, q)
	if q.t.Code != "" && q.t.After {
		return told
	}
	return r
}

// writeV2 puts the envelope around a reply: ids, nonce, signature, and the looks of the day.
func (g *Gateway) writeV2(q *request, r reply) []byte {
	dice := g.random(q.No, fmt.Sprint("looks ", q.Endpoint, " ", q.Nth))
	how := drawShape(dice)
	if g.Rules.Plain {
		how = manualShape
	}
	if r.raw != nil {
		return r.raw
	}
	if r.unsigned {
		return writeXML(r.fields, how)
	}
	fields := []element{{"return_code", "SUCCESS"}, {"return_msg", "OK"}, {"appid", g.AppID}, {"mch_id", g.MchID}}
	if g.SubMchID != "" {
		fields = append(fields, element{"sub_mch_id", g.SubMchID})
		if q.params["sub_appid"] != "" {
			fields = append(fields, element{"sub_appid", g.SubAppID})
		}
	}
	fields = append(fields, element{"nonce_str", drawLetters(dice, 32, base62)})
	fields = append(fields, r.fields...)
	if !g.Rules.Plain {
		fields = addOddFields(fields, q.kind, dice)
	}
	return g.forgeV2(q, fields, how)
}

// addOddFields adds what a tolerant reader must put up with, all of it honestly signed.
func addOddFields(fields []element, kind string, dice *rand.Rand) []element {
	has := map[string]bool{}
	for _, f := range fields {
		has[f.Name] = true
	}
	if dice.IntN(3) == 0 {
		fields = append(fields, element{"zz_new_field", `a & b <c> "d"`})
	}
	for _, name := range []string{"device_info", "err_code_des", "promotion_detail"} {
		if !has[name] && dice.IntN(4) == 0 {
			fields = append(fields, element{name, ""})
		}
	}
	if dice.IntN(6) == 0 {
		fields = append(fields, element{"sign_type", kind})
	}
	if dice.IntN(2) == 0 {
		dice.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	}
	return fields
}

// signFields signs the fields as they stand and puts the signature somewhere among them.
func signFields(fields []element, kind, key string) []element {
	sign := element{"sign", signature(kind, key, asMap(fields))}
	at := min(6, len(fields))
	return append(fields[:at:at], append([]element{sign}, fields[at:]...)...)
}

// asMap is the fields by name. If a name comes twice the last one counts, as with most readers.
func asMap(fields []element) map[string]string {
	m := map[string]string{}
	for _, f := range fields {
		m[f.Name] = f.Value
	}
	return m
}

// errorPage is what the machines before the gateway say when it does not answer itself.
func errorPage(status int, now time.Time) answer {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return answer{status: status, kind: "text/html", date: now,
		body: []byte("<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text +
			"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")}
}
