package doctor

import (
	"errors"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

// describeFailure is a call to the gateway that is not known. What blames merchant or config is said in both languages.
func describeFailure(part, deed string, err error) Finding {
	f := Finding{Part: part, Verdict: Fail, Text: config.OneLine(err)}
	if why, blames := errors.AsType[sale.SuspectedRefusal](err); blames {
		why.Deed = deed
		f.ZH = status.RefusalWords(why.OrderRefusal).ZH
	}
	return f
}

// describeRefusal is a signed refusal for a reason that lies with the merchant or the config.
func describeRefusal(part string, r sale.OrderRefusal) Finding {
	words := status.RefusalWords(r)
	return Finding{Part: part, Verdict: Fail, Text: words.EN, ZH: words.ZH}
}
