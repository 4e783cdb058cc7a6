package house_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// avahiService is the order in which Avahi's own definition of such a file wants a service's parts: what may be left
// out ends with "?", what may come again with "*".
var avahiService = []string{"type", "subtype*", "domain-name?", "host-name?", "port", "txt-record*"}

func TestAvahiTellsTheNetworkWhereThePageIs(t *testing.T) {
	f, err := os.Open("systemd/kiosk.avahi.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var at []string
	parts, text := map[string][]string{}, map[string]string{}
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(at) > 0 {
				parts[at[len(at)-1]] = append(parts[at[len(at)-1]], token.Name.Local)
			}
			at = append(at, token.Name.Local)
			for _, a := range token.Attr {
				text[token.Name.Local+" "+a.Name.Local] = a.Value
			}
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if len(at) > 0 {
				text[at[len(at)-1]] += strings.TrimSpace(string(token))
			}
		}
	}
	if !slices.Equal(parts["service-group"], []string{"name", "service"}) || !ordered(parts["service"], avahiService) {
		t.Errorf("Avahi refuses the file: it holds %v", parts)
	}
	for what, want := range map[string]string{"type": "_http._tcp", "port": "80", "txt-record": "path=/", "name replace-wildcards": "yes"} {
		if text[what] != want {
			t.Errorf("%s is %q, not %q", what, text[what], want)
		}
	}
	if !strings.Contains(text["name"], "%h") {
		t.Errorf("every machine is called %q: nobody knows which is which", text["name"])
	}
}

// ordered tells that parts come in an order.
func ordered(parts, order []string) bool {
	for _, o := range order {
		name, n := strings.TrimRight(o, "?*"), 0
		for len(parts) > 0 && parts[0] == name {
			parts, n = parts[1:], n+1
		}
		if n == 0 && name == o || n > 1 && !strings.HasSuffix(o, "*") {
			return false
		}
	}
	return len(parts) == 0
}

func TestAvahisOrderIsTheOneItWants(t *testing.T) {
	for parts, want := range map[string]bool{
		"type port": true, "type port txt-record txt-record": true, "type subtype host-name port": true,
		"": false, "port type": false, "type": false, "type port port": false, "type port name": false, "type txt-record port": false,
	} {
		if ordered(strings.Fields(parts), avahiService) != want {
			t.Errorf("%q: want %v", parts, want)
		}
	}
}

// A profile of its own is added and deleted, a device taken, and a protected network shared: each asks polkit. With modify.system
// the service's user could change every connection of the machine and read its password.
func TestPolkitLetsTheKioskAloneOpenAHotspot(t *testing.T) {
	rules, err := os.ReadFile("systemd/polkit.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, needs := range []string{`subject.user != "kiosk"`, "settings.modify.own", "network-control", "wifi.share.protected"} {
		if !strings.Contains(string(rules), needs) {
			t.Errorf("the rules do not say %s", needs)
		}
	}
	if strings.Contains(string(rules), "modify.system") {
		t.Error("the service's user may change every connection and read its password")
	}
}
