package status

// Self is what only the running process can say of itself. It stands in /status.json, where another process that
// asks whether this one is well, and whether it is the one that was meant, finds it.
type Self struct {
	Commit string `json:"commit"`
	Build  string `json:"build"` // the beginning of the SHA-256 of the running program; "" if that cannot be read
	Run    string `json:"run"`   // another one at each start
	Busy   string `json:"busy"`  // why a stop would disturb somebody now; "" it would not
	Parts  []Part `json:"parts"`
}

// Part is how a part of the machine is.
type Part struct {
	Part    string `json:"part"`    // "panel", "scanner", "pins"
	Fault   string `json:"fault"`   // "" works
	Answers bool   `json:"answers"` // it says so itself; many a panel has no wire for that
	Text    string `json:"text"`    // what was seen of it
}
