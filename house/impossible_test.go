package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mistake is a bug that users of other payment libraries met, and the tests that make it impossible here.
type mistake struct {
	bug   string
	where string   // where it was met first
	tests []string // room:Test
}

// mistakes are numbered from one.
var mistakes = []mistake{
	{"an XML reader fetches what a DOCTYPE names", "binarywang/WxJava#660", []string{
		"pay:TestAnswersThatTwoReadersCouldReadTwoWaysAreRefused", "pay:TestAForgedPaymentNoticeIsRefused", "pay:TestABillThatDoesNotAddUpIsNoBill"}},
	{"a notice is verified with MD5 although its order was signed with HMAC-SHA256", "binarywang/WxJava#1633", []string{
		"pay:TestTheOrderKnowsHowItsNoticeIsSigned"}},
	{"a field that only some notices have is left out of the signature", "binarywang/WxJava#1407", []string{
		"pay:TestAPaymentNoticeIsRead", "pay:TestTheOrderKnowsHowItsNoticeIsSigned"}},
	{"a v2 notice is held against the v3 key", "binarywang/WxJava#3750", []string{
		"pay:TestTheTwoInterfacesKeysAreNotMistaken"}},
	{"the hash of the key loses its leading zero", "binarywang/WxJava#742", []string{
		"pay:TestThePublishedRefundNoticesOpen"}},
	{"a refund notice is opened with the bare key", "yansongda/pay#151", []string{
		"pay:TestThePublishedRefundNoticesOpen", "pay:TestARefundNoticeIsOpened"}},
	{"a payment's notice goes to the reader of refunds", "binarywang/weixin-java-pay-demo#54", []string{
		"pay:TestAPaymentIsNeverTakenForARefund"}},
	{"a pooled connection without the merchant's certificate serves a refund", "binarywang/WxJava#3640", []string{
		"pay:TestOnlySecapiShowsTheMerchantsCertificate"}},
	{"a wrong key or merchant number is found out by the first customer", "binarywang/WxJava#3351", []string{
		"pay:TestARefusedSignatureSaysWhatToCheck", "pay:TestAnUnsignedRefusalSaysWhatToCheck", "sale:TestNothingIsOfferedThatCannotBeServed"}},
	{"Chinese text is signed in the platform's own charset", "binarywang/weixin-java-pay-demo#99", []string{
		"pay:TestThePublishedSignaturesComeOut", "pay:TestAskOrdersACode"}},
	{"a bill of a new account runs out of columns", "binarywang/WxJava#1275", []string{
		"pay:TestBillsAreReadByTheNamesOfTheirColumns"}},
	{"a bill of refunds is read as one of everything", "binarywang/WxJava#308", []string{
		"pay:TestBillsAreReadByTheNamesOfTheirColumns"}},
	{"a packed bill is read as text", "JeffreySu/WeiXinMPSDK#670", []string{
		"pay:TestABillMayComeInManyShapes", "pay:TestABillIsDownloaded", "pay:TestAFundFlowIsReadByTheNamesOfItsColumns"}},
	{"a bill goes to the XML reader, or a refusal to the reader of bills", "overtrue/laravel-wechat#25", []string{
		"pay:TestTheGatewaySaysThatThereIsNoBillInManySpellings", "pay:TestABillThatDoesNotAddUpIsNoBill"}},
	{"a day without sales is told in another spelling", "binarywang/WxJava#1241", []string{
		"pay:TestTheGatewaySaysThatThereIsNoBillInManySpellings", "pay:TestEveryDocumentedRefusalOfABillSaysWhatTheHouseExpects"}},
	{"a v3 body is used up or written anew before it is verified", "wechatpay-apiv3/wechatpay-go#67", []string{
		"pay:TestAForgedV3AnswerNeverCounts", "pay:TestAV3NoticeIsReadOnlyAfterItsSignature"}},
	{"the merchant's certificate is used to verify the gateway", "wechatpay-apiv3/wechatpay-go#143", []string{
		"pay:TestTheMerchantsOwnKeyVerifiesNothing", "pay:TestAForgedV3NoticeIsRefused"}},
	{"only the newest certificate is held while they are changed", "go-pay/gopay#384", []string{
		"pay:TestBothCertificatesServeWhileTheyAreChanged"}},
	{"the first certificate cannot be fetched, or is fetched for ever", "minibear2021/wechatpayv3#9", []string{
		"pay:TestWithoutAKeyNothingIsSent", "pay:TestAnUnknownSerialIsLookedForOnceAMinute"}},
	{"every request fetches the certificates", "wechatpay-apiv3/wechatpay-apache-httpclient#66", []string{
		"pay:TestManyCallsShareOneLook", "pay:TestCertificatesAreFetchedBeforeAnythingIsAsked"}},
	{"a merchant with a public key asks for certificates, and calls a payment failed for want of them", "binarywang/WxJava#3728", []string{
		"pay:TestAPublicKeyNeedsNoCertificates", "pay:TestV3ChargeBelievesNothingButPaidAndPaying"}},
	{"a signature probe breaks the reader", "binarywang/WxJava#3288", []string{
		"pay:TestASignatureProbeIsRefusedQuietly",
		"pay:TestAForgedV3AnswerNeverCounts", "pay:TestAForgedV3NoticeIsRefused"}},
	{"an old message counts, or a wrong clock is noticed by nobody", "wechatpay-apiv3/wechatpay-go#203", []string{
		"pay:TestAForgedV3NoticeIsRefused", "pay:TestFiveMinutesOfSkewAreLetThrough", "pay:TestAClockThatIsFarWrongIsNoticedUnderEitherInterface"}},
	{"a client is made that nobody gave a way to find certificates", "wechatpay-apiv3/wechatpay-go#196", []string{
		"pay:TestCertificatesAreFetchedBeforeAnythingIsAsked", "pay:TestWithoutAKeyNothingIsSent"}},
	{"a notice counts without a signature", "klover2/wechatpay-node-v3-ts#53", []string{
		"pay:TestAV3NoticeIsReadOnlyAfterItsSignature", "pay:TestAForgedV3NoticeIsRefused", "pay:TestAForgedPaymentNoticeIsRefused"}},
	{"a serial is compared as text, or read as zero", "wechatpay-apiv3/wechatpay-guzzle-middleware#1", []string{
		"pay:TestSerialsAreComparedAsWhatTheyAre"}},
	{"a refund's notice is verified by another key than the one it names", "wechatpay-apiv3/wechatpay-apache-httpclient#132", []string{
		"pay:TestNoticesAreVerifiedByTheKeyTheyName"}},
	{"a bill's file is refused because nobody signed it", "the questions about wechatpay-go", []string{
		"pay:TestAV3BillIsDownloaded", "pay:TestAHashedBillMustFitItsHash", "pay:TestAV3FundFlowMustFitItsHash"}},
}

func TestWhatWentWrongElsewhereIsImpossibleHere(t *testing.T) {
	if len(mistakes) != 28 {
		t.Fatalf("%d mistakes are listed, not 28", len(mistakes))
	}
	var b strings.Builder
	b.WriteString("# What went wrong elsewhere\n\nBugs that users of other payment libraries met, and the tests that make each impossible here.\n" +
		"Written by `go test ./house -run Elsewhere -update`, which looks for every test by its name.\n\n| # | the bug | met in | tests |\n|---|---|---|---|\n")
	for i, m := range mistakes {
		var names []string
		for _, test := range m.tests {
			room, name, _ := strings.Cut(test, ":")
			if !testsOf(t, room)[name] {
				t.Errorf("%d: %s has no %s: nothing keeps us from it: %s", i+1, room, name, m.bug)
			}
			names = append(names, fmt.Sprintf("`%s` %s", room, name))
		}
		if len(names) == 0 {
			t.Errorf("%d: nothing keeps us from it: %s", i+1, m.bug)
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", i+1, m.bug, m.where, strings.Join(names, "<br>"))
	}
	path := filepath.Join("docs", "proof", "impossible.md")
	if *update && !t.Failed() {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if was, err := os.ReadFile(path); err != nil || string(was) != b.String() {
		t.Errorf("%s is not the list (%v): run go test ./house -run Elsewhere -update", path, err)
	}
	t.Log("\n" + b.String())
}

var testsSeen = map[string]map[string]bool{}

// testsOf are the names of a room's tests, from its source.
func testsOf(t *testing.T, room string) map[string]bool {
	t.Helper()
	if seen := testsSeen[room]; seen != nil {
		return seen
	}
	seen := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		src, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range src.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				seen[f.Name.Name] = true
			}
		}
	}
	testsSeen[room] = seen
	return seen
}
