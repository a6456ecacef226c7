package deploy

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func TestSqueeze(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"comments and space", "const x = 1; // one\n// two\nx + +x;", "const a=1;a+ +a;"},
		{"strings and expressions", "const long = /long\\//g, other = 'long other \\' x';", "const a=/long\\//g,b='long other \\' x';"},
		{"properties", "const width = { width: 1 }.width;", "const a={width:1}.width;"},
		{"a conditional expression", "const one = 1, two = one ? one : two;", "const a=1,b=a?a:b;"},
		{"a name that is not declared", "const b = a;", "const b=a;"},
		{
			"local names of other statements",
			"const first = (left, right) => left + right, apply = f => f;\n" +
				"function second(item) {\n  let sum = item;\n  return sum;\n}\nsecond(1);",
			"const f=(b,c)=>b+c,e=a=>a,d=a=>{let b=a;return b};d(1);",
		},
		{"constants", "const x = 1;\nconst y = 2;\nx + y;\nconst z = () => {\n  const v = 3;\n  const w = v;\n  return w;\n};",
			"const c=1,d=2;c+d;const e=()=>{const a=3,b=a;return b};"},
		{
			"what is called from outside",
			"async function handler(event) {\n  return event + config;\n}", "async function handler(a){return a+config}",
		},
	}
	for _, test := range tests {
		if got := squeeze(test.source); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// The printed function does what its source does.
func TestShortNamesChangeNothing(t *testing.T) {
	code, err := EdgeFunction(edges["signing allowed"])
	if err != nil {
		t.Fatal(err)
	}
	config := regexp.MustCompile(`(?m)^const config=.*;$`).FindString(code)
	keys := strings.Join(signKeys, ",")
	short, long := newCloudFront(t, code, keys), newCloudFront(t, strings.Replace(edgeSource, "const config = {};", config, 1), keys)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	vs := vectors(t)
	for r := rand.New(rand.NewPCG(seed, 0)); len(vs) < 1000; {
		vs = append(vs, randomVector(r))
	}
	for _, v := range vs {
		v.target = sign(v.target)
		if got, want := short.ask(t, v.target, v.header()), long.ask(t, v.target, v.header()); got != want {
			t.Fatalf("%.300s: got %+v, want %+v", v.target, got, want)
		}
	}
}
