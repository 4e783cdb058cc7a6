package status

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"kiosk/sale"
	"kiosk/web"
)

// fillSessions lists who is signed in, for those who are.
func (l *viewModel) fillSessions(p *Page) {
	if l.SignedIn == "" {
		return
	}
	for _, s := range p.sessions.ListSessions() {
		l.Sessions = append(l.Sessions, sessionView{s.ID, s.Name, s.From, sale.When(s.Begun)})
	}
}

// endSession signs somebody out: a telephone that was left behind, or a name that nobody knows.
func endSession(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	name, ok := p.sessions.EndSession(r.PostForm.Get("session"))
	if !ok {
		return "", nil, refuse(http.StatusConflict, "session")
	}
	p.noteAct(r, sale.ActEndSession, name, who)
	return "session-ended", nil, nil
}

// reportGuesses writes wrong secrets into the book, one line an hour: whoever owns the machine finds them in its journal.
func reportGuesses(p *Page, ctx context.Context) {
	if p.Do == nil {
		return
	}
	p.Password.Guesses.SendReport(p.wallTime(), func(g web.GuessReport) error {
		_, err := p.Do(ctx, sale.NoteAct{Act: sale.ActGuesses, What: describeGuesses(g), By: "kiosk"})
		return err
	})
}

// describeGuesses is the line's data; sale.SplitGuesses reads it.
func describeGuesses(g web.GuessReport) string {
	from := make([]string, 0, len(g.From)+1)
	for _, a := range g.From {
		if a.IsUnspecified() {
			from = append(from, "proxy")
			continue
		}
		from = append(from, a.String())
	}
	if g.More {
		from = append(from, "…")
	}
	return fmt.Sprintf("%d|%d|%s", g.Wrong, g.Blocked, strings.Join(from, " "))
}
