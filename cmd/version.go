package cmd

import "runtime/debug"

// version is the module's version and the commit that it was built from, as far
// as the build recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if c := commit(); len(c) >= 12 {
		v += " (" + c[:12] + ")"
	}
	return v
}

// commit is what the program was built from, or "" where the build does not say.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
