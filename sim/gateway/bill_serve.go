package gateway

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// BillForgeries are the ways a bill can be false: half of it in a complete answer, sums that
// do not add up and, in v3, a hash of something else.
var BillForgeries = []string{"truncated", "totals", "hash"}

// downloadBill answers a file without a signature, or a small message, also without.
func (g *Gateway) downloadBill(q *request) reply {
	kind := orWord(q.params["bill_type"], "ALL")
	tar := q.params["tar_type"]
	day, problem := g.billDay(q.params["bill_date"], dayLayout, q.now)
	switch {
	case kind != "ALL" && kind != success && kind != refund, tar != "" && tar != "GZIP":
		return billRefusal("invalid bill_type")
	case problem == "bad" || problem == "old":
		return billRefusal("data format error")
	case problem == "creating":
		return billRefusal("Bill Creating")
	case problem == "none":
		return billRefusal("No Bill Exist")
	}
	text := g.billText(day, kind, q.now, q.t.Forge == "totals")
	if text == nil {
		return billRefusal("No Bill Exist")
	}
	if tar == "GZIP" {
		text = gzipText(text)
	}
	if q.t.Forge == "truncated" {
		text = text[:len(text)/2]
	}
	return reply{outcome: success, raw: text}
}

// downloadFundFlow is the same for the merchant's account. It demands HMAC-SHA256: MD5 is refused.
func (g *Gateway) downloadFundFlow(q *request) reply {
	tar := q.params["tar_type"]
	day, problem := g.billDay(q.params["bill_date"], dayLayout, q.now)
	switch {
	case q.kind != signHMAC:
		return billRefusal("SIGNERROR")
	case !slices.Contains([]string{"Basic", "Operation", "Fees"}, q.params["account_type"]), tar != "" && tar != "GZIP":
		return billRefusal("invalid account_type")
	case problem == "bad" || problem == "old":
		return billRefusal("data format error")
	case problem == "creating":
		return billRefusal("Bill Creating")
	}
	text := g.fundText(day, q.now, q.t.Forge == "totals")
	if problem == "none" || text == nil || q.params["account_type"] != "Basic" {
		return billRefusal("No Bill Exist")
	}
	if tar == "GZIP" {
		text = gzipText(text)
	}
	if q.t.Forge == "truncated" {
		text = text[:len(text)/2]
	}
	return reply{outcome: success, raw: text}
}

// billRefusal is the refusal of a bill: error_code instead of err_code, and unsigned.
func billRefusal(why string) reply {
	code := map[string]string{"No Bill Exist": "20002", "Bill Creating": "20003", "SYSTEMERROR": "20001",
		"CompressGZip Error": "20007", "UnCompressGZip Error": "20100"}[why]
	text := map[string]string{"SIGNERROR": "SIGN ERROR", "LACK_PARAMS": "missing parameter"}[why]
	return reply{outcome: why, unsigned: true, fields: []element{{"return_code", "FAIL"}, {"return_msg", orWord(text, why)}, {"error_code", orWord(code, "20001")}}}
}

// acceptReport takes the merchant's word on how long calls took. Nobody signs that it did.
func (g *Gateway) acceptReport(*request) reply {
	return reply{outcome: success, unsigned: true, fields: []element{{"return_code", "SUCCESS"}, {"return_msg", "OK"}, {"result_code", "SUCCESS"}}}
}

// billFile is a bill that has been asked for and may be fetched for half a minute.
type billFile struct {
	until time.Time
	text  []byte
}

// billV3 prepares a bill and says where it is and what it must add up to.
func (g *Gateway) billV3(in wire, q *request) reply {
	kind, tar := orWord(q.params["bill_type"], "ALL"), q.params["tar_type"]
	day, problem := g.billDay(q.params["bill_date"], time.DateOnly, q.now)
	switch {
	case problem == "bad" || problem == "old":
		return v3Param("bill_date", "账单日期格式有误，应为三个月内的yyyy-MM-dd")
	case kind != "ALL" && kind != success && kind != refund, tar != "" && tar != "GZIP":
		return v3Param("bill_type", "参数错误")
	case problem == "creating":
		return v3Fail(http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中")
	}
	var text []byte
	if problem == "" && q.Endpoint == "fundflowbill" {
		text = g.fundText(day, q.now, q.t.Forge == "totals")
	} else if problem == "" {
		text = g.billText(day, kind, q.now, q.t.Forge == "totals")
	}
	if text == nil {
		return v3Fail(http.StatusBadRequest, "NO_STATEMENT_EXIST", "账单文件不存在")
	}
	file := text
	if tar == "GZIP" {
		file = gzipText(text)
	}
	if g.Rules.HashPacked {
		text = file
	}
	sum := sha1.Sum(text)
	if q.t.Forge == "hash" {
		sum[0] ^= 1
	}
	g.memo.times["bill files"]++
	token := drawLetters(g.random(day, fmt.Sprint("token ", g.memo.times["bill files"], q.now.UnixNano())), 40, base62)
	g.memo.files[token] = billFile{q.now.Add(30 * time.Second), file}
	address := in.base + "/v3/billdownload/file?" + url.Values{"token": {token}, "tartype": {strings.ToLower(tar)}}.Encode()
	return reply{outcome: success, status: http.StatusOK, json: map[string]any{
		"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]), "download_url": address}}
}

// billFile hands the file over, without a signature.
func (g *Gateway) billFile(q *request) reply {
	f, ok := g.memo.files[q.params["token"]]
	if !ok || q.now.After(f.until) {
		delete(g.memo.files, q.params["token"])
		return v3Fail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "下载链接已失效")
	}
	if q.t.Forge == "truncated" {
		return reply{outcome: success, status: http.StatusOK, raw: f.text[:len(f.text)/2]}
	}
	return reply{outcome: success, status: http.StatusOK, raw: f.text}
}
