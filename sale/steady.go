package sale

import "time"

const (
	steadyFor = 10 * time.Minute // longer than a sale
	wavers    = time.Minute      // what a wall may wander and still be the same
)

// watchWall notes when a trusted wall steps.
func (s *Shop) watchWall() {
	if s.now.Trusted && !(s.wall.Known && s.isAlong()) {
		s.wall = wallState{true, s.wallOffset(), s.now.Mono}
		s.moved = true // so that a recording has this step
	}
}

func (s *Shop) wallOffset() time.Duration { return time.Duration(s.now.Wall.UnixNano()) - s.now.Mono }

func (s *Shop) isAlong() bool { return (s.wallOffset() - s.wall.Offset).Abs() <= wavers }

// isSteady reports whether a limit of days may believe the wall: it is trusted, and has not stepped for longer than a sale takes.
// A clock that runs wild for one sale begins no such limit and ends none.
func (s *Shop) isSteady() bool {
	return s.now.Trusted && s.wall.Known && s.isAlong() && s.now.Mono-s.wall.Since >= steadyFor
}
