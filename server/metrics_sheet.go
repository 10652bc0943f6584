package server

import "github.com/prometheus/client_golang/prometheus"

// sheet shows the fields of one reading: they are of one moment, and the reading
// is made once a scrape. It is a prometheus.Collector.
type sheet[T any] struct {
	read func() T
	rows []row[T]
}

type row[T any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(T) float64
}

func (s *sheet[T]) gauge(name, help string, value func(T) float64) {
	s.add(name, help, prometheus.GaugeValue, value)
}

func (s *sheet[T]) counter(name, help string, value func(T) float64) {
	s.add(name, help, prometheus.CounterValue, value)
}

func (s *sheet[T]) add(name, help string, kind prometheus.ValueType, value func(T) float64) {
	s.rows = append(s.rows, row[T]{prometheus.NewDesc("throng_"+name, help, nil, nil), kind, value})
}

// Describe implements prometheus.Collector.
func (s *sheet[T]) Describe(to chan<- *prometheus.Desc) {
	for _, one := range s.rows {
		to <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (s *sheet[T]) Collect(to chan<- prometheus.Metric) {
	now := s.read()
	for _, one := range s.rows {
		to <- prometheus.MustNewConstMetric(one.desc, one.kind, one.value(now))
	}
}
