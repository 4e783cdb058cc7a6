package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plant is a bug that somebody could write, and the test that must not let it pass.
type plant struct {
	bug      string
	lost     string // what it would cost, and whom
	file     string
	old, new string
	pkg      string
	run      string // the test that must fail
}

var plants = []plant{
	{"root follows a link in the place of the book's lock", "root's own files, to whoever has taken over the service", "store/lock.go",
		"os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW", "os.O_CREATE|os.O_RDWR|0*unix.O_NOFOLLOW",
		"./store", "TestALinkInTheLocksPlaceIsRefused"},
	{"the bundle follows a link in the place of the recording", "a secret, to whoever reads the bundle", "cmd/kiosk/evidence/recording.go",
		"config.OpenRegular(path, flags|syscall.O_NOFOLLOW)", "config.OpenRegular(path, flags|syscall.O_NONBLOCK)",
		"./cmd/kiosk/evidence", "TestTheRecordingIsNoLinkAndNoPipe"},
	{"a backup is copied before its header is looked at", "twenty gigabytes on the card, and minutes", "store/backup_file.go",
		"info.Size() > page*pages", "info.Size() < 0",
		"./store", "TestABackupIsJudgedByItsHeadBeforeItIsCopied"},
	{"a move is written after the deed that rests on it", "a vend that a power cut forgets", "sale/life.go",
		"\tfor _, d := range deeds {\n\t\tif err := l.carryOut(d); err != nil {",
		"\tfor i := range deeds {\n\t\tif err := l.carryOut(deeds[(i+1)%len(deeds)]); err != nil {",
		"./sale", "TestNothingIsDoneBeforeItIsWritten"},
	{"the payment is not written before the motor turns", "goods given twice, or money kept, after a power cut", "sale/life.go",
		"\t\terr := l.Book.Write(ctx, d.Batch)",
		"\t\tif m := d.Batch.Moves; len(m) > 0 && m[0].Event == Paid {\n\t\t\treturn nil\n\t\t}\n\t\terr := l.Book.Write(ctx, d.Batch)",
		"./house", "TestPowerCutAnywhere/native-paid-drop"},
	{"a write that failed is passed over", "memory ahead of the disk: a sale nobody can prove", "sale/life.go",
		"\t\tl.observe(Observation{Deed: d, Began: began, Err: err})\n\t\treturn err\n",
		"\t\tl.observe(Observation{Deed: d, Began: began, Err: err})\n\t\treturn nil\n",
		"./sale", "TestAFailedWriteEndsTheLife"},
	{"a drop that the card did not take is forgotten", "goods and money both out, and the kiosk stops after three", "sale/clerk.go",
		"\t\t\tl.keepOutcomes()\n", "",
		"./sale", "TestADropThatTheCardDidNotTakeIsWrittenWhenThereIsRoom"},
	{"whoever comes through a proxy is taken for the machine itself", "numbers that prove another customer's payment", "web/local.go",
		"!RemoteAddr(r).IsLoopback() || hasProxyHeader(r.Header)", "!RemoteAddr(r).IsLoopback()",
		"./status", "TestWhoeverComesThroughAProxyOfThisMachineIsAStranger"},
	{"the sum is not checked", "goods for a fen", "sale/verdicts.go",
		"case m.Fen != o.Fen:", "case false:", "./sale", "TestASumThatDiffersIsPaidBack"},
	{"a trial order that is paid turns a motor", "a vend of no slot, and no refund at once", "sale/verdicts.go",
		"s.underService() || t.IsTrial()", "s.underService()",
		"./sale", "TestATrialOrderThatIsPaidIsRefunded"},
	{"a probe that is answered ends what orders are refused for", "a merchant who may not collect is told nothing", "sale/reach.go",
		"\t\ts.noteReached(true, true)\n", "\t\ts.refusals.Streaks = nil\n\t\ts.noteReached(true, true)\n",
		"./sale", "TestTwoOrdersInARowRefusedForTheMerchantsReasonAreToldUntilOneSucceeds"},
	{"a refund notice may name any refund", "one caught notice fills the book", "pay/notice_v2.go",
		"isOwnRefund(o, got.RefundNo) && ", "",
		"./pay", "TestARefundNoticeOfANumberThatWeNeverAskedForIsRefused"},
	{"a trial order is asked for before its number is on the card", "an order that nobody closes", "cmd/kiosk/onsite/trial.go",
		"if err := t.keepOrder(o); err != nil {", "if err := error(nil); err != nil {",
		"./cmd/kiosk/onsite", "TestATrialOrderStandsBesideTheBookBeforeItIsAskedFor"},
	{"a control character within a code is passed over", "a code cut by noise is charged", "hw/record_splitter.go",
		"\tcase l.closed:\n\t\tl.garbage = true\n", "",
		"./hw", "TestNothingIsMadeACodeByWhatIsTakenAway"},
	{"the currency is not checked", "goods for 350 of something cheaper", "sale/verdicts.go",
		"case m.Currency != \"CNY\":", "case false:", "./sale", "TestASumThatDiffersIsPaidBack"},
	{"waking while vending turns the motor again", "goods given twice", "sale/wake.go",
		"\t\ts.move(t, Woke, func(o *Order) { refundFor(o, RefundForWoke, true) })\n",
		"\t\ts.deeds = append(s.deeds, Vend{t.Order})\n\t\treturn\n",
		"./house", "TestPowerCutAnywhere/native-paid-drop"},
	{"waking while vending forgets the doubt", "goods and money both gone, and nobody counts it", "sale/wake.go",
		"refundFor(o, RefundForWoke, true)", "refundFor(o, RefundForWoke, false)",
		"./house", "TestPowerCutAnywhere/native-paid-drop"},
	{"waking while waiting goes on waiting", "a book that lost its last writes vends twice", "sale/moves.go",
		"Waiting:   {Paid: Vending, Misfit: Refunding, Refused: Closing, Late: Closing, Woke: Closing},",
		"Waiting:   {Paid: Vending, Misfit: Refunding, Refused: Closing, Late: Closing, Woke: Waiting},",
		"./sale", "TestNoPathFromAWokeReachesAMotor"},
	{"a charge that nobody answered is sent again", "the customer pays twice", "sale/live.go",
		"\tt.Due = s.now.Mono + time.Second\n\tswitch {\n\tcase in.Err != \"\":\n",
		"\tt.Due = s.now.Mono + time.Second\n\tswitch {\n\tcase in.Err != \"\":\n\t\ts.sendCall(t, KindCharge, \"again\")\n",
		"./sale", "TestAChargeIsSentOnceThoughNobodyAnswers"},
	{"a charge that may have arrived is sent to the other host", "the customer pays twice", "pay/wire.go",
		"if sent || ctx.Err() != nil {", "if sent && ctx.Err() != nil || ctx.Err() != nil {",
		"./pay", "TestTheStandbyNeverGetsWhatThePrimaryMayHaveGot"},
	{"a scanned code is charged while the QR order may be paid", "the customer pays twice, and waits for a refund", "sale/checkout.go",
		"if unpaid && s.maySell() &&", "if s.maySell() &&",
		"./sale", "TestAScannedCodeIsNotChargedWhenTheQROrderIsNotKnown"},
	{"a choice does not wait for its turn", "somebody at the keys stops the sale for minutes", "sale/checkout.go",
		"case s.hasCome(s.mayBearAt()):", "case s.hasCome(0):", "./sale", "TestNobodyAtTheKeysStopsTheSale"},
	{"an order is late without being asked after", "paid in time, served with a refund", "sale/live.go",
		"if s.hasCome(t.Ask.Deadline) && s.hasCome(max(t.Ask.Deadline, t.Heard)+lateAfter) {", "if s.hasCome(t.Ask.Deadline) {",
		"./sale", "TestLateNeedsAQuerySentAfterTheDeadline"},
	{"an answer to a query sent before the deadline makes an order late", "paid in time, served with a refund", "sale/live.go",
		"case in.Sent >= t.Ask.Deadline:", "case s.now.Mono >= t.Ask.Deadline:",
		"./sale", "TestAnAnswerUnderWayDoesNotMakeAnOrderLate"},
	{"an acknowledged cancel is taken as gone", "money that comes all the same is kept", "sale/closing.go",
		"\t\tc.Acked = c.Acked || in.Err == \"\" && (in.Outcome == OutcomeAccepted || in.Outcome == OutcomeGone)\n",
		"\t\tif in.Err == \"\" && in.Outcome == OutcomeAccepted {\n\t\t\ts.closeGone(t, in.Answer)\n\t\t\treturn\n\t\t}\n",
		"./sale", "TestAnAcknowledgedCancelProvesNothing"},
	{"one ORDERNOTEXIST is taken as gone", "a payment that only lagged is kept", "sale/closing.go",
		"long := in.Sent-t.Closing.DeniedSince >= goneAfter && (", "long := (",
		"./sale", "TestAChargeThatIsMissingOnceMayOnlyLag"},
	{"a closed order is never looked at again", "money that comes late is kept", "sale/verdicts.go",
		"t.Rechecks, t.Due = 2, s.now.Mono+recheckSoon", "t.Rechecks = 0", "./sale", "TestTheClosedAreLookedAtAgain"},
	{"a refund tried again gets another number", "the merchant pays twice", "sale/refund.go",
		"\tcase in.Err != \"\":\n\t\tr.Pause = doublePause(r.Pause, roundPause)\n",
		"\tcase in.Err != \"\":\n\t\tt.RefundNo = refundNo(t.No, t.Round+1)\n\t\tr.Pause = doublePause(r.Pause, roundPause)\n",
		"./sale", "TestARefundKeepsItsNumberHoweverOftenItIsTried"},
	{"an accepted refund is taken as repaid", "a refund that fails later is never seen", "sale/refund.go",
		"\tcase in.Outcome == OutcomeAccepted:\n\t\tr.Pause = nextPoll(0)\n",
		"\tcase in.Outcome == OutcomeAccepted:\n\t\ts.move(t, Repaid, nil)\n\t\tr.Pause = nextPoll(0)\n",
		"./sale", "TestAcceptedIsNotRepaid"},
	{"the QR code stays on the glass while a code is charged", "the customer pays twice", "sale/screen.go",
		"v.Screen, v.Note = ScreenCharging, NoteChecking", "v.Screen, v.Note, v.QR = ScreenCharging, NoteChecking, t.Ask.URL",
		"./sale", "TestAScannedCodeIsChargedOnlyAfterTheQROrderIsKnownUnpaid"},
	{"a signature must be there, and is not compared", "goods for a forged answer", "pay/answer.go",
		"if !a.hasSignature(sign, key, o.Merchant.SignType) {", "if !a.hasSignature(sign, key, o.Merchant.SignType) && len(sign) == 0 {",
		"./pay", "TestAForgedAnswerNeverCounts"},
	{"a signature is compared only where there is one", "goods for an unsigned answer", "pay/answer.go",
		"\tif sign == \"\" {\n\t\treturn errors.New(\"believe the answer: it is not signed\")\n\t}\n",
		"\tif sign == \"\" {\n\t\treturn nil\n\t}\n",
		"./pay", "TestAForgedAnswerNeverCounts"},
	{"a doubled element is read, the first one counting", "goods for an answer altered after it was signed", "pay/xml.go",
		"if _, twice := m[f.name]; twice || len(m) == maxFields {\n", "if _, twice := m[f.name]; twice {\n\t\t\tcontinue\n\t\t} else if len(m) == maxFields {\n",
		"./pay", "TestAnswersThatTwoReadersCouldReadTwoWaysAreRefused"},
	{"nobody looks to whom an answer was given", "goods for a payment to another merchant", "pay/answer.go",
		"for _, id := range merchantIDs(o.Merchant) {", "for _, id := range merchantIDs(o.Merchant)[:0] {",
		"./pay", "TestAForgedAnswerNeverCounts"},
	{"nobody looks of which order an answer speaks", "goods for somebody else's payment", "pay/answer.go",
		"no != \"\" && no != string(o.TradeNo()) {", "no == \"-\" {", "./pay", "TestAForgedAnswerNeverCounts"},
	{"two orders may occupy the machine", "two customers pay for one motor", "store/migrations/0001_book.sql",
		"CREATE UNIQUE INDEX orders_open ", "CREATE INDEX orders_open ", "./store", "TestTheBookRefuses"},
	{"a write is not waited for until it is on the card", "an acknowledged sale lost in a power cut", "store/open.go",
		"\"_synchronous\":  {\"FULL\"}", "\"_synchronous\":  {\"NORMAL\"}", "./store", "TestTheWriterIsSetForMoney"},
	{"nobody looks whether a move found its order", "a move that never happened counts as written", "store/write.go",
		"\tif n, err := res.RowsAffected(); err != nil || n != 1 {\n\t\treturn errors.Join(fmt.Errorf(\"%w: order",
		"\tif n, err := res.RowsAffected(); err != nil || n > 1 {\n\t\treturn errors.Join(fmt.Errorf(\"%w: order",
		"./store", "TestTheBookRefuses"},
	{"the code is drawn without its quiet zone", "phones do not find the code", "display/qr.go",
		"quiet       = 4", "quiet       = 1", "./house", "TestTheCodeOnTheGlassKeepsItsQuietZone"},
	{"the first reverse is counted from when the charge left", "money taken by a charge that its reverse overtook, and the order is gone", "sale/closing.go",
		"return max(t.Ask.Sent, t.Ask.Returned) + reverseAfter", "return t.Ask.Sent + reverseAfter",
		"./sale", "TestAReverseNeverOvertakesItsCharge"},
	{"ORDERNOTEXIST need not last", "a payment behind a lagging answer is kept", "sale/closing.go",
		"\t\tt.Closing.DeniedSince = 0\n", "",
		"./sale", "TestAnOrderIsGoneOnlyIfItIsDeniedWithoutABreak"},
	{"a code is charged while the QR order says USERPAYING", "the customer pays twice, and waits for a refund", "sale/verdicts.go",
		"if s.fulfilWish(t, says == OutcomeUnpaid) ||", "if s.fulfilWish(t, known) ||",
		"./sale", "TestNoCodeIsChargedWhileThePasswordForTheQROrderIsTyped"},
	{"maintenance that begins under a customer is not kept", "a motor turns on the technician's hands after a restart", "sale/service.go",
		"\tby := s.maintained\n\ts.batch.Maintenance = &by\n",
		"\tif by := s.maintained; s.liveOrder() == nil {\n\t\ts.batch.Maintenance = &by\n\t}\n",
		"./sale", "TestMaintenanceThatBeganUnderACustomerOutlastsThePlug"},
	{"an owed order of a former merchant is sent back for a refund", "a refund under a merchant who was not paid", "sale/settle.go",
		"case !s.isOurs(t): // nobody can ask for it under another merchant", "case false:",
		"./sale", "TestAnOrderOfAFormerMerchantIsNotSentBackForARefund"},
	{"a new key makes another merchant of the same one", "what is open is asked about no more, and late money is kept", "sale/order.go",
		"\tm.SignType, m.Key = o.SignType, o.Key\n", "",
		"./sale", "TestANewKeyAsksForEveryOrder"},
	{"an order is signed the way of its birth", "what is open is asked about no more, and late money is kept", "pay/request.go",
		"\to.Merchant.SignType = g.Payee.SignType", "\t//",
		"./pay", "TestEveryCallGoesUnderTodaysKeyAndSigning"},
	{"an order of another merchant is asked about", "the gateway denies a payment that another merchant has", "sale/closing.go",
		" || !s.isOurs(t)", "",
		"./sale", "TestAnOrderOfAnotherMerchantStopsTheSaleUntilAPersonHandsItOver"},
	{"an order is handed over though it can be asked about", "a refund under way is given up", "sale/settle.go",
		"\tcase s.isOurs(t):\n\t\treturn RefusedOurs\n", "",
		"./sale", "TestAnOrderIsHandedOverOnlyWhileItsMerchantIsAway"},
	{"a handed order was never paid while it may still be", "a late payment that no query finds", "sale/settle.go",
		"case never && !s.isLongExpired(t):", "case false:",
		"./sale", "TestOnlyAHandedOrderWasNeverPaidAndOnlyADayAfterItsExpiry"},
	{"a paid order is settled as never paid", "the customer's money, by a wrong word", "sale/settle.go",
		"case never && t.Money.Fen != 0:", "case false:",
		"./sale", "TestOnlyAHandedOrderWasNeverPaidAndOnlyADayAfterItsExpiry"},
	{"a payment that nobody knew goes back without a reason", "goods and money both, after a restored book", "sale/settle.go",
		"case t.Last == Found && !t.No.IsSecond() && in.Note == \"\":", "case false:",
		"./sale", "TestThePaymentOfAnUnknownOrderIsSentBackOnlyForAReason"},
	{"a person's retry does not wait", "two refunds asked for within the minute, the second refused", "sale/settle.go",
		"\tt.Refunding.TryAt = max(tryAt, s.now.Mono)\n", "\t_ = tryAt\n",
		"./sale", "TestAPersonsRetryKeepsTheDistanceOfRefunds"},
	{"an order settled while it was closing is not looked at again", "money that comes late is kept", "sale/settle.go",
		"\t\ts.lookAgain(t)\n", "\t\tt.Rechecks = 0\n",
		"./sale", "TestAnOrderThatAPersonSettledWhileItWasClosingIsLookedAtAgain"},
	{"a notice of an order that nobody can ask about is dropped", "money that came is kept, and nobody is told", "sale/foreign.go",
		"\tif t.Noticed {\n", "\tif true {\n",
		"./sale", "TestANoticeOfAnOrderThatNobodyCanAskAboutReachesAPerson"},
	{"an order that never ends is told to nobody", "a customer waits for days, and no person knows", "sale/stall.go",
		"return (t.State == Closing || t.State == Refunding) && s.now.Mono-t.Since >= limit", "return s.now.Mono-t.Since >= 100*limit",
		"./sale", "TestWhatNeverComesToItsEndReachesAPersonInHours"},
	{"a late edge after the next motor belongs to the order before", "goods booked to a customer who got none", "sale/verdicts.go",
		"s.checkout, s.stuck = checkout{}, stuckVend{}", "s.checkout = checkout{}",
		"./sale", "TestWhatFallsAfterTheNextVendBelongsToNoOrderBefore"},
	{"a part of the sum that went back counts as all of it", "the customer gets a part, and nobody asks for the rest", "sale/refund.go",
		"case in.Returned < sum || sum == 0:", "case in.Returned == 0 || sum == 0:",
		"./sale", "TestAPartThatWentBackIsNotTheWhole"},
	{"an order without its QR code is not given up when the line goes", "the front stays blocked, and the customer waits for a code that cannot come", "sale/live.go",
		"case native && t.State == Asking && !t.Ask.Leaving && !s.gateway.Reached:", "case native && t.State == New:",
		"./sale", "TestAnOrderWithoutItsQRCodeIsGivenUpWhenTheLineGoes"},
	{"an answer about a forgotten order moves the one at the machine", "goods for nothing", "sale/answers.go",
		"\tt := s.findOrder(in.No)\n",
		"\tt := s.findOrder(in.No)\n\tif t == nil {\n\t\tt = s.liveOrder()\n\t}\n",
		"./sale", "TestAnAnswerThatNobodyWaitsForMovesNothing"},
	{"a drop with a fault takes two from the stock", "goods that stand in the slot and are not sold", "sale/slots.go",
		"h.Stock = max(h.Stock-pieces, 0)", "h.Stock = max(h.Stock-pieces-min(len(fault), 1), 0)",
		"./sale", "TestADropTakesOneFromTheStockWhateverItsFault"},
	{"a charge is cut off when the life or the service ends", "money taken, and nobody heard of it", "sale/life.go",
		"base, must := l.ctx, d.Kind == KindCharge", "base, must := l.ctx, false",
		"./sale", "TestAChargeUnderWayComesToItsEnd"},
	{"the sum after coupons is read for the price", "every sale with a coupon is refunded", "pay/answer.go",
		"fen, err := a.readFen(\"total_fee\")\n",
		"name := \"total_fee\"\n\tif a.text(\"settlement_total_fee\") != \"\" {\n\t\tname = \"settlement_total_fee\"\n\t}\n\tfen, err := a.readFen(name)\n",
		"./pay", "TestACouponPaysItsPartOfThePrice"},
	{"a reversed payment is read as if nothing went back", "the owner looks for money that is not missing", "pay/bill_text.go",
		"if r.State == sale.BillRevoked && r.RefundFen == 0 {", "if false {",
		"./pay", "TestAReversedPaymentGoesBackWhole"},
	{"only the first page of refunds is added up", "the merchant pays twice, or the customer waits for what is owed", "pay/v2.go",
		"want = max(want, all)", "want = min(want, all)",
		"./pay", "TestRefundsOfAllPagesAreAddedUp"},
	{"an order that an undated notice speaks of is pruned", "a notice of money finds nothing", "store/prune.go",
		"ifnull(at >= ?, 1)", "ifnull(at >= ?, 0)",
		"./store", "TestAnOrderThatANoticeSpeaksOfIsKept"},
	{"a book is set aside without a sync", "the old and the new book, both lost in a power cut", "store/damage.go",
		"return filepath.Base(name), syncDir(path)", "return filepath.Base(name), nil",
		"./store", "TestANewNameIsNotBelievedBeforeItIsSynced"},
	{"a book behind its head is opened as it is", "sales that are gone, and nobody is told", "store/damage.go",
		"if why, err := behindHead(ctx, db, noted); why != \"\" || err != nil {", "if why, err := behindHead(ctx, db, noted); why == \"-\" || err != nil {", "./store", "TestABookThatWentBackIsDamage"},
	{"the log is believed up to its first bad frame", "a day's sales dropped by one rotten bit", "store/wal.go",
		"case whole && bad >= 0 && (ended || bad == 0):", "case whole && bad >= 0 && ended && bad < 0:",
		"./store", "TestRotBehindWholeFramesIsDamageAndATornTailIsNot"},
	{"a stop leaves its log to be read again", "a rotten bit lays old pages over a sound book", "store/checkpoint.go",
		"_, err = f.WriteAt(make([]byte, walHeader), 0)", "_, err = f.Stat()", "./store", "TestNothingIsLaidOverTheBookAfterAStop"},
	{"the seals are not looked at before a start", "changed sums and prices are used as they are", "store/damage.go",
		"return judgeSeals(ctx, db, v)", "return \"\", nil", "./store", "TestARowThatSomebodyChangedIsDamage"},
	{"a foreign trigger in the book is not noticed", "every price becomes a fen", "store/schema.go",
		"found.differing(want), want.missing(found)", "found.differing(want), \"\"", "./store", "TestABookOfAnotherShapeIsDamage"},
	{"a sale begins in a file without a name", "sales that are gone after the next start", "store/write.go",
		"if beginsSale(&p) {", "if beginsSale(&p) && b.closed.Load() {", "./store", "TestABookWhoseFileIsTakenAwayLosesNothing"},
	{"only the lock file keeps a second kiosk out", "two kiosks write one book, and both turn motors", "store/lock.go",
		"\tl.book = f\n\treturn takeLock(f)", "\tl.book = f\n\treturn nil", "./store", "TestRemovingTheLockLetsNoSecondKioskIn"},
	{"a kiosk sells from the book that it began in place of a lost one", "old prices, a stock that is not there, and debts nobody looks at", "sale/ready.go",
		"if s.damaged != \"\" {", "if s.damaged == \"-\" {", "./sale", "TestAKioskWithADamagedBookSellsOnlyAfterAPersonsWord"},
	{"a refund that a lost book had begun forgets its number", "the merchant pays twice", "sale/nudge.go",
		"if o.RefundNo != \"\" { // one asked for again under its number never pays twice\n\t\t\t\to.RefundFen = o.Money.Fen",
		"if o.RefundNo != \"\" {\n\t\t\t\to.RefundNo, o.Round = \"\", 0", "./sale", "TestWhatALostBookLeftOpenIsAskedAfterOnce"},
	{"a move that the book refuses ends the life of whoever is buying", "a customer's motor stopped for another's payment", "sale/life.go",
		"case errors.As(err, &refused) && left > 0", "case errors.As(err, &refused) && left < 0",
		"./sale", "TestNoNoticeOfABarredOrderStopsAnothersMotor"},
	{"a notice of a barred order asks after it at once", "as many refused writes as the gateway has notices", "sale/nudge.go",
		"case t.Quarantined:", "case false:",
		"./sale", "TestABarredOrderIsToldOnceAndSettledAtOnce"},
	{"a second payment is refunded by the order's number", "the first payment goes back, and the goods with it", "pay/request.go",
		"if o.No.IsSecond() {\n\t\treturn message{\"transaction_id\": o.Money.Transaction}",
		"if o.No.IsSecond() {\n\t\treturn message{\"out_trade_no\": o.Choice}",
		"./pay", "TestASecondPaymentIsAskedAfterAndRefundedByItsTransaction"},
	{"another payment's answer counts for the order", "an order counts as refunded by money that was not its own", "sale/second.go",
		"if t.State == New || in.Err != \"\" || !t.isOther(in.Money.Transaction) {", "if true {",
		"./sale", "TestAnAnswerAboutAnotherPaymentMovesNothingAndIsEntered"},
	{"a second payment of a sold order is passed over", "who pays twice waits for somebody to look", "sale/nudge.go",
		"case in.Known != nil && in.Known.isOther(in.Transaction):", "case false:",
		"./sale", "TestASecondPaymentIsOwedInWhateverStateTheOrderIs"},
	{"an answer need not name the order", "a payment or refund that may be another's", "pay/answer.go",
		"if e.names && a.text(\"result_code\") == \"SUCCESS\" {", "if false {",
		"./pay", "TestASignedAnswerThatIsNotTiedToItsOrderIsNoAnswerWhateverItsWord"},
	{"a v3 answer may leave its ids out", "goods for a payment to another merchant", "pay/v3_answer.go",
		"if _, there := in[name]; (there || whole) && in.text(name) != want {", "if _, there := in[name]; there && in.text(name) != want {",
		"./pay", "TestAV3AnswerThatIsNotTiedToItsOrderIsNoAnswerWhateverItsWord"},
	{"a v3 answer may leave the number out", "goods for somebody else's payment", "pay/v3_answer.go",
		"if _, there := in[\"out_trade_no\"]; (there || whole) &&", "if _, there := in[\"out_trade_no\"]; there &&",
		"./pay", "TestAV3AnswerThatIsNotTiedToItsOrderIsNoAnswerWhateverItsWord"},
	{"a charge that says SUCCESS and another state is believed", "goods for a password that nobody typed", "pay/v2.go",
		"state != said.Code { // seen", "false && state != said.Code { // seen",
		"./pay", "TestAChargeThatSaysSuccessAndAnotherStateIsNotKnown"},
	{"the newest time stamp says what is old", "one sale in 2038 empties the book, and who pays late is refused", "store/age.go",
		"sum += max(min(after.Sub(at), step), -step)", "sum += after.Sub(at)",
		"./store", "TestAClockThatRanWildForOneSaleTakesNothingAlong"},
	{"the book believes the newest time by itself", "after one wild sale the right time is called wrong, and nothing is sold", "store/age.go",
		" WHERE newest.at <= middle.at + 2592000000", "",
		"./store", "TestAClockThatRanWildForOneSaleTakesNothingAlong"},
	{"a limit of days believes a wall that has only just come", "an order settled, or a doubt forgiven, by a wrong clock", "sale/steady.go",
		"return s.now.Trusted && s.wall.Known && s.isAlong() && s.now.Mono-s.wall.Since >= steadyFor", "return s.now.Trusted",
		"./sale", "TestAWildClockEndsNoLimitOfDays"},
	{"the kernel's word outweighs the gateway's Date", "twelve years ahead, and everything is dated by it", "sale/clock.go",
		"wild := c.skew != nil &&", "wild := false &&",
		"./sale", "TestASynchronisedClockThatTheGatewayContradictsIsNotTrusted"},
	{"the motor is not told to stop after off or unknown", "a motor runs on", "hw/vend_turn.go",
		"\tt.off = nil\n",
		"\tt.off = nil\n\tif fault == FaultOff || fault == FaultUnknown {\n\t\treturn fault\n\t}\n",
		"./hw", "TestAMotorThatOffDidNotStopIsToldAgain"},
	{"two pieces take one from the stock", "the last customer pays for an empty slot", "sale/vend.go",
		"s.takeFromStock(t.Slot, max(in.Pieces, 1), in.Fault)", "s.takeFromStock(t.Slot, 1, in.Fault)",
		"./sale", "TestTheStockFallsByAsManyAsFell"},
	{"a spark is taken for a drop", "money for nothing", "hw/darkness.go",
		"\tcase !d.unpaired:\n\t\tg.sparks++\n", "\tdefault:\n\t\td.take(d.began, g)\n",
		"./hw", "TestOnlyDarknessThatLastsIsADrop"},
	{"a spark stops the motor", "goods that hang, and two for the next customer", "hw/vend_turn.go",
		"\tt.countSparks(t.beam, g)\n", "\tt.countSparks(t.beam, g)\n\tif g.sparks > 0 {\n\t\tt.drops, t.firstDrop = 1, time.Now()\n\t}\n",
		"./hw", "TestASparkStopsNoMotor"},
	{"there is no dead time", "money for nothing when a motor's inrush lasts", "hw/vend_turn.go",
		"t.beam.blank = t.firstOn.Add(deadTime)", "t.beam.blank = t.firstOn",
		"./hw", "TestOnlyDarknessThatLastsIsADrop"},
	{"drop_least is not looked at", "money for nothing where a wire is noisy", "hw/dispenser.go",
		"b.least = cmp.Or(s.DropLeast, DropLeast)", "b.least = DropLeast",
		"./hw", "TestEachSlotsOwnDropLeastIsAskedFor"},
	{"a drop is measured when it is read", "money for nothing, or goods and money both, while the board is busy", "hw/lines.go",
		"h.at.Add(stamp - h.mono)", "h.at.Add(stamp - stamp + time.Since(h.at))",
		"./hw", "TestAnEdgeIsReadWithTheKernelsStamp"},
	{"a single dark look is a drop", "money for nothing on a pin without edges", "hw/darkness.go",
		"time.Time{}, now\n", "time.Time{}, now\n\t\td.take(now, g)\n",
		"./hw", "TestAPinWithoutEdgesNeedsTwoDarkLooks"},
	{"a gap in the numbers is passed over", "money for nothing after an overrun", "hw/darkness.go",
		"lost := e.number != d.number+1", "lost := false",
		"./hw", "TestAnEdgeWithoutAPartnerLeavesItToTheLevel"},
	{"a refund that is refused is shown as under way", "a customer waits for money that a person must give", "sale/refund.go",
		"s.noteRefund(t.No, NoteOwed, owedFor)", "s.noteRefund(t.No, NoteReturned, owedFor)",
		"./sale", "TestARefundThatIsRefusedIsSaidSo"},
	{"a price that somebody changed meanwhile is overwritten", "one technician's price, in silence", "sale/service.go",
		"in.WasFen != 0 && in.WasFen != h.Fen ||", "false ||",
		"./sale", "TestAPriceOrNameThatSomebodyChangedMeanwhileIsNotOverwritten"},
	{"680 for 6.80 is taken without a question", "goods for a hundredth, or nobody buys", "status/forms_ask.go",
		"return now > askFactor*was || askFactor*now < was", "return now == 0 && was == 0",
		"./status", "TestAPriceFarFromTheOldOneIsAskedAgain"},
	{"a restart is answered with a redirect", "a second restart, by who reads that the first did not get through", "status/forms_tools.go",
		"answerRestart(p, w, r)\n", "p.answerDone(w, r, \"restart\", nil)\n",
		"./status", "TestTheAnswerLeavesBeforeTheServiceEnds"},
}

// TestPlantedBugs plants each bug over the source that is on disk, in a build of its own, and runs the one test
// that must catch it. The list with what caught what is docs/proof/planted.md.
func TestPlantedBugs(t *testing.T) {
	if len(plants) < 12 {
		t.Fatalf("only %d bugs are planted", len(plants))
	}
	t.Run("each", func(t *testing.T) {
		for _, p := range plants {
			t.Run(strings.ReplaceAll(p.bug, " ", "-"), func(t *testing.T) {
				t.Parallel()
				p.mustBeCaught(t)
			})
		}
	})
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile(plantedFile, plantedPage(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	holdsPlanted(t)
}

// Each bug can be planted: its line stands once in its file. This is quick, so a renamed line is noticed at once.
func TestEveryPlantStandsOnce(t *testing.T) {
	for _, p := range plants {
		p.read(t)
	}
	holdsPlanted(t)
}

// holdsPlanted compares the page with the list.
func holdsPlanted(t *testing.T) {
	t.Helper()
	if got, err := os.ReadFile(plantedFile); err != nil || !bytes.Equal(got, plantedPage()) {
		t.Errorf("%s is not the list (%v): run go test ./house -run Planted -update", plantedFile, err)
	}
}

const plantedFile = "docs/proof/planted.md"

func (p plant) mustBeCaught(t *testing.T) {
	overlay := p.overlay(t)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-vet=off", "-count=1", "-timeout=2m", "-run", runOf(p.run), p.pkg)
	cmd.Env = append(os.Environ(), "STORM_SEEDS=", "STORM_SEED=")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		t.Errorf("%s: %s passes all the same. It would cost: %s", p.bug, p.run, p.lost)
	case !errors.As(err, &exit):
		t.Fatal(err)
	case !bytes.Contains(out, []byte("--- FAIL: "+top(p.run))):
		t.Errorf("%s: the bug does not grow here:\n%s", p.bug, tail(out))
	}
}

// overlay writes the file with the bug in it beside the tree, and says so to the compiler.
func (p plant) overlay(t *testing.T) string {
	t.Helper()
	src, ok := p.read(t)
	if !ok {
		t.FailNow()
	}
	dir := t.TempDir()
	bad, list := filepath.Join(dir, "bad"+filepath.Ext(p.file)), filepath.Join(dir, "overlay.json")
	real, err := filepath.Abs(filepath.FromSlash(p.file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {real: bad}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.WriteFile(bad, []byte(strings.Replace(src, p.old, p.new, 1)), 0o600), os.WriteFile(list, text, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// read returns the source of the file that the bug is planted in, and whether the line to replace stands there once.
func (p plant) read(t *testing.T) (string, bool) {
	t.Helper()
	src, err := os.ReadFile(filepath.FromSlash(p.file))
	if err != nil {
		t.Errorf("%s: %v", p.bug, err)
		return "", false
	}
	n := strings.Count(string(src), p.old)
	if n != 1 {
		t.Errorf("%s: %q stands %d times in %s, want once: plant the bug anew", p.bug, p.old, n, p.file)
	}
	return string(src), n == 1
}

func top(run string) string {
	name, _, _ := strings.Cut(run, "/")
	return name
}

// runOf pins every part of a test's name.
func runOf(run string) string { return "^" + strings.ReplaceAll(run, "/", "$/^") + "$" }

func tail(out []byte) []byte {
	if len(out) > 3000 {
		return out[len(out)-3000:]
	}
	return out
}

func plantedPage() []byte {
	var b bytes.Buffer
	b.WriteString("# Planted bugs\n\nEach was planted by `go test -overlay` over the file named, and the test named failed.\n" +
		"Written by `go test ./house -run Planted -update`, which plants them all again.\n\n" +
		"| bug | it would cost | planted in | caught by |\n|---|---|---|---|\n")
	for _, p := range plants {
		fmt.Fprintf(&b, "| %s | %s | `%s` | `%s` in `%s` |\n", p.bug, p.lost, p.file, p.run, p.pkg)
	}
	return b.Bytes()
}
