package host

// limitMemory applies a container's limit and what is used of it; 0 is no limit.
func (f *Facts) limitMemory(limit, used int64) {
	if limit <= 0 || limit >= f.MemoryBytes {
		return
	}
	f.MemoryBytes = limit
	f.AvailableBytes = min(f.AvailableBytes, max(0, limit-used))
}
