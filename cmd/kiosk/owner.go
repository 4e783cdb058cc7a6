package main

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// becomeOwner gives up root's rights, for good, for those of the user whose folder the book is in. That user can put links,
// pipes and other files there at any moment, so root must not read or write a name in it: what is done as the user himself gains
// him nothing. What needs root (config, secrets, the file behind -o) is opened before.
func becomeOwner(book string) error {
	owner, err := findStranger(book)
	if err != nil || owner == nil {
		return err
	}
	if err := dropTo(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("giving up root's rights for those of user %d, whose folder the book is in: %w", owner.Uid, err)
	}
	return nil
}

// becomeOwnerFor is becomeOwner if the output goes into a folder of that user, too. Elsewhere he may not write.
func becomeOwnerFor(book, output string) error {
	owner, err := findStranger(book)
	if err != nil || owner == nil {
		return err
	}
	if to, err := findOwner(filepath.Dir(output)); err != nil || to == nil || to.Uid != owner.Uid {
		return nil // an error is told by what opens the output
	}
	return becomeOwner(book)
}

// refuseStranger keeps root from running in a user's folder: the files that he leaves there would lock the service out.
func refuseStranger(book string) error {
	owner, err := findStranger(book)
	if err != nil || owner == nil {
		return err
	}
	return fmt.Errorf("the folder of the order book %s belongs to user %d: say systemctl start kiosk, or run it as that user", book, owner.Uid)
}

// findStranger returns the user in whose folder the book is, if root runs this and the folder is not root's.
func findStranger(book string) (*syscall.Stat_t, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	owner, err := findOwner(filepath.Dir(book))
	if err != nil || owner == nil || owner.Uid != 0 {
		return owner, err
	}
	if real, err := filepath.EvalSymlinks(book); err == nil { // a link in root's folder is root's
		if owner, err = findOwner(filepath.Dir(real)); err != nil || owner == nil || owner.Uid != 0 {
			return owner, err
		}
	}
	return nil, nil
}

// findOwner returns the owner of a folder; nil if there is none. Root's own must not be open to anybody.
func findOwner(folder string) (*syscall.Stat_t, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, nil // what opens the book says it better
	}
	owner, _ := info.Sys().(*syscall.Stat_t)
	if owner != nil && owner.Uid == 0 && owner.Mode&0o002 != 0 {
		return nil, fmt.Errorf("anybody may write in %s, where the order book is: chmod 755 it", folder)
	}
	return owner, nil
}

// dropTo changes the user of every thread. It keeps the groups that give the user the devices.
func dropTo(uid, gid int) error {
	groups := []int{gid}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		names, _ := u.GroupIds() // a user that no list names is in the folder's group alone
		for _, name := range names {
			if id, err := strconv.Atoi(name); err == nil {
				groups = append(groups, id)
			}
		}
	}
	if err := syscall.Setgroups(groups); err != nil {
		return err
	}
	return cmp.Or(syscall.Setresgid(gid, gid, gid), syscall.Setresuid(uid, uid, uid))
}
