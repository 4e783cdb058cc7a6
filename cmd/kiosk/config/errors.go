package config

import (
	"errors"
	"strings"
)

// usageError is the caller's own mistake, in a flag or in the config: the command exits with 2 instead of 1.
type usageError struct{ error }

// Usage marks an error as the caller's own mistake.
func Usage(err error) error { return usageError{err} }

// IsUsage tells such an error.
func IsUsage(err error) bool {
	var use usageError
	return errors.As(err, &use)
}

// silent lets errors.Is recognise an error that adds no word to the message around it.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Silent is that error; a message takes it in with %w at its end.
func Silent(err error) error { return silent{err} }

// OneLine is an error's text without line breaks: operators read it in a log, on the panel or in a table.
func OneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
