// Package figure is the catalogue of what a run measures: every figure's name,
// unit, direction and meaning, how its values are written for people and read
// from them, and the expressions that thresholds are made of.
//
// Summaries, thresholds, comparisons and reports all speak by these names, so a
// name that is not here does not exist: an expression over one is refused, with
// the nearest name that does.
package figure
