package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// parts are what a book is made of: the SQL of each table, index and trigger, by kind and name.
type parts map[string]string

// listParts leaves out what SQLite itself adds.
func listParts(ctx context.Context, q queryer) (parts, error) {
	found := parts{}
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var name, text string
		err := scan(&name, &text)
		found[name] = text
		return err
	}, `SELECT type || ' ' || name, ifnull(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, fmt.Errorf("list the book's tables: %w", err)
	}
	return found, nil
}

// drawParts are those of a new book of a version, drawn in memory.
func drawParts(ctx context.Context, v int) (drawn parts, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, conn.Close()) }()
	if err := migrateBook(ctx, conn, v); err != nil {
		return nil, fmt.Errorf("draw a book of version %d: %w", v, err)
	}
	return listParts(ctx, conn)
}

// missing names a part of want that found lacks; "" if none.
func (found parts) missing(want parts) (name string) {
	for part := range want {
		if _, there := found[part]; !there {
			name = max(name, part) // the same one every time
		}
	}
	return name
}

// differing names a part that want has with other words.
func (found parts) differing(want parts) (name string) {
	for part, text := range want {
		if found[part] != text {
			name = max(name, part)
		}
	}
	return name
}

// errForeign is returned for a database that is no order book. It must not be set aside.
var errForeign = errors.New("this database is no order book: name another file")

// judgeShape compares a book's shape with the one that the migrations make, and returns its version, 0 for a book in which
// nothing was written yet. Of a newer version's book only the names can be known.
func judgeShape(ctx context.Context, q queryer) (v int, why string, err error) {
	found, err := listParts(ctx, q)
	if err != nil {
		return 0, "", err
	}
	user, steps, err := readSteps(ctx, q)
	if err != nil {
		return 0, "", err
	}
	known := user > 0 && user <= len(migrations)
	if !known && len(found) == 0 && user == 0 {
		return 0, "", nil
	}
	v = max(user, steps)
	if !known {
		v = len(migrations)
	}
	want, err := drawParts(ctx, min(v, len(migrations)))
	if err != nil {
		return 0, "", err
	}
	missing, other, extra := found.missing(want), found.differing(want), want.missing(found)
	switch ours := missing+other+extra == ""; {
	case !known && ours:
		return v, fmt.Sprintf("its version is %d, but it is made like one of version %d", user, v), nil
	case !known && user == 0:
		return 0, "", errForeign
	case !known:
		return 0, "", newerError(user)
	case missing != "":
		return v, fmt.Sprintf("a book of version %d lacks its %s", v, missing), nil
	case v > len(migrations) || ours && user == lastBreaking(v):
		return v, "", nil
	case other != "":
		return v, "its " + other + " is not as a kiosk makes it", nil
	case extra != "":
		return v, "it has a " + extra + " that no kiosk makes", nil
	}
	return v, fmt.Sprintf("its version is %d, and a book of %d steps has %d", user, v, lastBreaking(v)), nil
}

// lastBreaking is the user_version of a book that has taken some steps.
func lastBreaking(steps int) (v int) {
	for n, breaks := range breaking {
		if breaks && n <= steps {
			v = max(v, n)
		}
	}
	return v
}
