package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// manual is systemd/kiosk.8 with the commands as the program itself tells them.
func (j *job) manual() ([]byte, error) {
	page, err := os.ReadFile(filepath.Join(j.Root, "systemd/kiosk.8"))
	if err != nil {
		return nil, err
	}
	told, known, err := commands(filepath.Join(j.Root, "cmd/kiosk"))
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	for _, c := range told {
		fmt.Fprintf(&list, ".TP\n.B %s\n%s\n", roff(c.Call), roff(c.Does))
		delete(known, strings.Fields(c.Call)[0])
	}
	if len(known) > 0 {
		return nil, fmt.Errorf("the usage of the kiosk does not name its commands %v", known)
	}
	for _, r := range [][2]string{
		{".\\\" COMMANDS\n", list.String()},
		{"@DATE@", j.Date.Format(time.DateOnly)},
		{"@VERSION@", roff(j.Version)},
	} {
		if !strings.Contains(string(page), r[0]) {
			return nil, fmt.Errorf("systemd/kiosk.8 has no place for %q", r[0])
		}
		page = []byte(strings.ReplaceAll(string(page), r[0], r[1]))
	}
	return page, nil
}

// roff keeps a text from being read as orders to the typesetter.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// command is one line of the usage.
type command struct{ Call, Does string }

var usageLine = regexp.MustCompile(`^  ([a-z]\S*(?: \S+)*) {2,}(\S.*)$`)

// commands reads from the program's source what it says that it can do, and what it can.
func commands(dir string) (told []command, known map[string]bool, err error) {
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	known = map[string]bool{}
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		ast.Inspect(src, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			switch spec.Names[0].Name {
			case "usage":
				told = append(told, lines(spec.Values[0])...)
			case "commands":
				keys(spec.Values[0], known)
			}
			return true
		})
	}
	if len(told) == 0 || len(known) == 0 {
		return nil, nil, errors.New("cmd/kiosk has no usage or no commands any more: look where they are now")
	}
	return told, known, nil
}

func lines(e ast.Expr) (told []command) {
	if sum, ok := e.(*ast.BinaryExpr); ok { // the street says more; what ships is the first part
		e = sum.X
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return nil
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}
	for l := range strings.Lines(text) {
		if m := usageLine.FindStringSubmatch(strings.TrimRight(l, "\n")); m != nil {
			told = append(told, command{m[1], m[2]})
		} else if len(told) > 0 && strings.HasPrefix(l, strings.Repeat(" ", 30)) { // a second line of words
			told[len(told)-1].Does += " " + strings.TrimSpace(l)
		}
	}
	return told
}

func keys(e ast.Expr, into map[string]bool) {
	table, ok := e.(*ast.CompositeLit)
	if !ok {
		return
	}
	for _, el := range table.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if lit, ok := kv.Key.(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(lit.Value); err == nil {
					into[name] = true
				}
			}
		}
	}
}
