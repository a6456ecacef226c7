package bench

import "slices"

// A series has the costs of an operation by round. The first round warmed up.
type series struct{ costs []Cost }

func (s *series) add(c Cost) { s.costs = append(s.costs, c) }

// median returns the cost of the first round with the medians of the times of the others.
func (s *series) median() Cost {
	cost := s.costs[0]
	var cpus, walls []float64
	if cost.Error != "" {
		return cost
	}
	for _, c := range s.costs[1:] {
		cpus, walls = append(cpus, c.CPU), append(walls, c.Wall)
	}
	cost.CPU, cost.Wall = median(cpus), median(walls)
	return cost
}

// ratio returns the median of the CPU times of s divided by those of base; 0 if there are none.
func (s *series) ratio(base *series) float64 {
	if s.costs[0].Error != "" || base.costs[0].Error != "" {
		return 0
	}
	var ratios []float64
	for i, c := range s.costs[1:] {
		ratios = append(ratios, c.CPU/base.costs[i+1].CPU)
	}
	return median(ratios)
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	n := len(xs)
	if n%2 == 1 {
		return xs[n/2]
	}
	return (xs[n/2-1] + xs[n/2]) / 2
}
