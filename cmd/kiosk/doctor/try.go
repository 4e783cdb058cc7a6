package doctor

import (
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
)

// trialPart is what a trial order is called in the report.
const trialPart = "trial order"

// DescribeTrial says what came of a trial order. asked is false if none was asked for, because of err.
func DescribeTrial(said sale.Answer, asked bool, err error, took time.Duration) Finding {
	switch {
	case !asked:
		return Finding{Part: trialPart, Verdict: Fail, Text: "nothing was asked: " + config.OneLine(err)}
	case err != nil:
		return describeFailure(trialPart, sale.KindAsk, err)
	case said.Outcome == sale.OutcomeAccepted:
		return Finding{Part: trialPart, Verdict: OK, Text: "taken in " + took.Round(time.Millisecond).String() + ": this merchant's QR orders are taken; the kiosk closes it"}
	case said.Outcome == sale.OutcomeFaulty, said.Cause == sale.CauseConfig, said.Cause == sale.CauseExpiry:
		return describeRefusal(trialPart, sale.OrderRefusal{Deed: sale.KindAsk, Code: said.Code, Cause: said.Cause})
	case said.Outcome == sale.OutcomeAgain:
		return Finding{Part: trialPart, Verdict: Warn, Text: "put off with " + said.Code + ": try again"}
	}
	return Finding{Part: trialPart, Verdict: Fail, Text: "refused with " + said.Code}
}
