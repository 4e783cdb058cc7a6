package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// The bill of materials, as CycloneDX 1.6 has it. Only the fields that we fill.
type (
	sbom struct {
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Serial       string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     sbomMeta     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	sbomMeta struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Type       string         `json:"type"`
		Ref        string         `json:"bom-ref"`
		Name       string         `json:"name"`
		Version    string         `json:"version"`
		Hashes     []sbomHash     `json:"hashes,omitempty"`
		Licences   []sbomLicence  `json:"licenses,omitempty"`
		Purl       string         `json:"purl"`
		Properties []sbomProperty `json:"properties,omitempty"`
	}
	sbomHash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	sbomLicence struct {
		Expression string `json:"expression"`
	}
	sbomProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// bill lists what is linked into the binary: names, versions, sums, licences.
func (j *job) bill(binary, arch string) ([]byte, error) {
	all, err := j.modules(binary)
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(program)
	self := component{Type: "application", Name: "kiosk", Version: j.Version,
		Ref: "kiosk", Purl: fmt.Sprintf("pkg:deb/kiosk@%s?arch=%s", j.Version, arch),
		Hashes: []sbomHash{{"SHA-256", fmt.Sprintf("%x", sum)}}, Licences: []sbomLicence{{"MIT"}}}
	b := sbom{Format: "CycloneDX", Spec: "1.6", Version: 1,
		Serial:   fmt.Sprintf("urn:uuid:%x-%x-8%s-a%s-%x", sum[:4], sum[4:6], fmt.Sprintf("%x", sum[6:8])[1:], fmt.Sprintf("%x", sum[8:10])[1:], sum[10:16]),
		Metadata: sbomMeta{Timestamp: j.Date.UTC().Format(time.RFC3339), Component: self}}
	var refs []string
	for _, m := range all {
		c, err := m.component()
		if err != nil {
			return nil, err
		}
		b.Components, refs = append(b.Components, c), append(refs, c.Ref)
	}
	b.Dependencies = []dependency{{Ref: "kiosk", DependsOn: refs}}
	out, err := json.MarshalIndent(b, "", " ")
	return append(out, '\n'), err
}

func (m module) component() (component, error) {
	c := component{Type: "library", Name: m.Path, Version: m.Version, Purl: "pkg:golang/" + m.Path + "@" + m.Version,
		Licences: []sbomLicence{{m.Licence.ID}}}
	c.Ref = c.Purl
	if m.Sum == "" { // Go's own library has none
		return c, nil
	}
	hash, err := m.hash()
	c.Hashes = []sbomHash{{"SHA-256", hash}}
	c.Properties = []sbomProperty{{"go:sum", m.Sum}}
	return c, err
}
