package netio

import "strings"

// parseExtensions reads Sec-WebSocket-Extensions, several fields of that name
// joined by commas. Empty elements of the list are passed over, as in any field
// that is a list (RFC 9110, section 5.6.1).
func parseExtensions(text string) (all []extension, err error) {
	s := scanner{text}
	for s.skip(); s.rest != ""; s.skip() {
		if s.take(',') {
			continue
		}
		e := extension{name: s.token()}
		for s.take(';') {
			p, ok := s.param()
			if !ok {
				return nil, errExtensions
			}
			e.params = append(e.params, p)
		}
		if e.name == "" || s.rest != "" && s.rest[0] != ',' {
			return nil, errExtensions
		}
		all = append(all, e)
	}
	return all, nil
}

// scanner takes pieces off the front of a field's value.
type scanner struct{ rest string }

func (s *scanner) skip() { s.rest = strings.TrimLeft(s.rest, " \t") }

// take takes one character, with the blanks around it, if it comes next.
func (s *scanner) take(one byte) bool {
	s.skip()
	if s.rest == "" || s.rest[0] != one {
		return false
	}
	s.rest = s.rest[1:]
	s.skip()
	return true
}

// tokenChars are what a token is made of (RFC 9110, section 5.6.2).
const tokenChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// token takes the longest one; "" if there is none.
func (s *scanner) token() string {
	rest := strings.TrimLeft(s.rest, tokenChars)
	t := s.rest[:len(s.rest)-len(rest)]
	s.rest = rest
	return t
}

// param takes a name, and a value if there is one.
func (s *scanner) param() (p param, ok bool) {
	p.name = s.token()
	if s.take('=') {
		p.valued = true
		if strings.HasPrefix(s.rest, `"`) {
			p.value, ok = s.quoted()
			return p, ok && p.name != ""
		}
		if p.value = s.token(); p.value == "" {
			return p, false
		}
	}
	return p, p.name != ""
}

// quoted takes a quoted string. Unescaped it must be a token (RFC 6455, section
// 9.1).
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), b.Len() > 0 && strings.Trim(b.String(), tokenChars) == ""
		case '\\':
			if i++; i == len(s.rest) {
				return "", false
			}
		}
		b.WriteByte(s.rest[i])
	}
	return "", false
}
