package sale

// TrialOrder is an order of one fen for no slot: nobody sees its code, and no motor can turn for it. It has the name of a
// product, the longest: what a gateway refuses a customer's order for, it refuses this one for.
func TrialOrder(no No, m Merchant, name string) Order {
	return Order{No: no, Choice: string(no), Means: Native, Name: name, NameEN: name, Fen: trialFen, Merchant: m, State: New}
}

// longestName is that of the product whose name has the most bytes.
func (s *Shop) longestName() (name string) {
	for _, h := range s.slots {
		if len(h.Name) > len(name) {
			name = h.Name
		}
	}
	return name
}
