/** Templates of functions: the expression's own, parts of them, chains, transforms. */
import type { Generator, Template, Type } from '#test/fuzz/generator';
import { closed, inside, open, type Piece } from '#test/fuzz/piece';
import { item, template } from '#test/fuzz/syntax';

const v: { readonly name: string; readonly type: Type } = { name: 'v', type: 'number' };

/** A function of one number. */
const ofNumber = (g: Generator, type: Type = 'number'): Piece =>
  closed`function($v) { ${g.within(g.shape, v).make(type)} }`;

/** A function of one text. */
const ofText = (g: Generator): Piece =>
  closed`${g.random.pick(['$uppercase', '$length', '$trim', 'function($s) { $s & "!" }', 'function($s) { $substringBefore($s, "a") }'])}`;

/** A value that a transform may set. */
const news = (g: Generator): Piece =>
  g.random.pick<() => Piece>([
    () => g.literal('number'),
    () => closed`$string(${g.make('any')})`,
    () => closed`[$count(${g.make('any')})]`,
    () => inside(open`name & ${g.literal('text')}`),
    () => closed`{"deep": {"k": $exists(${g.make('any')})}}`,
    () => closed`missing`,
  ])();

/** Templates of functions, `~>` and transforms. */
export const functional: readonly Template[] = [
  template(
    'lambda',
    undefined,
    (g, wanted) => closed`(function($v) { ${g.within(g.shape, v).make(wanted)} })(${g.make('number')})`,
    (g, wanted) =>
      closed`($f := λ($v, $w) { ${g.within(g.shape, v, { name: 'w', type: 'text' }).make(wanted)} }; $f(${g.make('number')}, ${g.make('text')}))`,
    (g, wanted) => closed`(function() { ${g.make(wanted)} })()`,
    (g, wanted) => closed`($x := ${g.make('number')}; $f := function() { ($x; ${g.make(wanted)}) }; $x := 5; $f())`,
    (g, wanted) => closed`($f := function($v) { function($w) { ${g.within(g.shape, v).make(wanted)} } }; $f(1)(2))`,
    (g) => closed`($f := function($v) { $v.$ }; items.$f(${item(g).make('any')}))`,
    (g) => closed`function($v) { ${g.make('any')} }`,
    (g) => closed`($f := function($v, $w) { [$v, $w] }; $f(${g.make('any')}))`,
    (g) => closed`($f := function($v) { $v }; $f(${g.make('any')}, ${g.make('any')}))`,
    (g) => closed`items.(function($v) { $v & name })(${item(g).make('any')})`,
  ),
  template(
    'recursion',
    'any',
    (g) => closed`($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(${String(g.random.between(0, 12))}))`,
    (g) =>
      closed`($fib := function($n) { $n < 2 ? $n : $fib($n - 1) + $fib($n - 2) }; $fib(${String(g.random.between(0, 7))}))`,
    (g) =>
      closed`($walk := function($x) { $type($x) = "object" ? $each($x, function($v) { $walk($v) }) : $x }; $walk(${g.make('object')}))`,
    (g) =>
      closed`($odd := function($n) { $n = 0 ? false : $even($n - 1) }; $even := function($n) { $n = 0 ? true : $odd($n - 1) }; $even(${String(g.random.between(0, 9))}))`,
    () => closed`($d := function($x) { $type($x) = "array" ? $append([$count($x)], $map($x, $d)) : [] }; $d(nest))`,
  ),
  template(
    'tail call',
    'any',
    (g) =>
      closed`($f := function($n, $a) { $n <= 0 ? $a : $f($n - 1, $a + $n) }; $f(${String(g.random.between(0, 60))}, ${g.make('number')}))`,
    (g) => closed`($f := function($n) { ($m := $n - 1; $m <= 0 ? ${g.operand('any')} : $f($m)) }; $f(9))`,
    (g) => closed`($go := function($s) { $length($s) > 20 ? $s : $go($s & "ab") }; $go(${g.make('text')}))`,
    (g) => closed`(function($v) { $uppercase($v) })(${g.make('text')})`,
    (g) => closed`(function($v) { $v ~> $string ~> $length })(${g.make('any')})`,
    (g) => closed`(function($v) { $map($v, function($w) { $string($w) }) })(${g.make('any')})`,
    (g) => closed`($f := function($n) { $n > 3 ? $n : $n.$f($ + 1) }; $f(${String(g.random.between(-9, 6))}))`,
    () => closed`($f := function($n) { $n > 0 ? $f($n - 1)[0] : [7, 8] }; $f(2))`,
    (g) => closed`(function($v)<n:n> { $abs($v) })(${g.make('number')})`,
  ),
  template(
    // The reference hands the arguments of a built-in that was partly applied over unchecked; here they are of the right type.
    'partial',
    'any',
    (g) => closed`($p := $substring(?, 0, ${String(g.random.between(0, 4))}); $p(${g.literal('text')}))`,
    (g) => closed`$map(${g.literal('texts')}, $pad(?, 6, "-"))`,
    (g) => closed`($add := function($a, $b) { $a + $b }; $inc := $add(?, 1); $inc(${g.make('number')}))`,
    (g) => closed`(function($a, $b, $c) { [$a, $b, $c] })(?, ${g.make('any')}, ?)(1, 2)`,
    (g) => closed`${g.literal('text')} ~> $replace(?, "a", "b")`,
    (g) => closed`($f := function($a, $b) { $a & $b }(?, "z"); ${g.literal('texts')}.$f($))`,
    (g) => closed`$sum(?)(${g.literal('numbers')})`,
    (g) => closed`($p := $join(?, ${g.literal('text')}); $p(${g.literal('texts')}))`,
    (g) => closed`$contains(?, "a")(${g.literal('text')}) ? $power(?, 2)(3)`,
    (g) => closed`$map(${g.literal('numbers')}, $round(?, 1))`,
  ),
  template(
    '~>',
    'any',
    (g) => open`${g.operand('text')} ~> $uppercase`,
    (g) => open`${g.operand('text')} ~> $substring(1) ~> $length`,
    (g) => open`${g.operand('numbers')} ~> $sum`,
    (g) => open`${g.operand('any')} ~> $string`,
    (g) => open`${g.operand('number')} ~> ${ofNumber(g, 'any')}`,
    (g) => open`${g.operand('numbers')} ~> $map(${ofNumber(g, 'any')})`,
    (g) => open`${g.operand('numbers')} ~> $filter(function($v) { $v > 1 }) ~> $count()`,
    (g) => open`${g.operand('any')} ~> $append(${g.make('any')})`,
    (g) => open`${g.operand('any')} ~> $type`,
  ),
  template(
    'chain',
    'any',
    (g) => closed`($f := $trim ~> $uppercase; $f(${g.make('text')}))`,
    (g) => closed`($f := $sum ~> ${ofNumber(g, 'any')}; $f(${g.make('numbers')}))`,
    (g) => closed`$map(${g.make('texts')}, ${ofText(g)} ~> $string ~> $length)`,
    (g) => closed`($f := function($v) { $v + 1 } ~> function($v) { $v * 2 }; $f(${g.make('number')}))`,
    (g) => closed`(${g.make('texts')} ~> ($join ~> $length))`,
  ),
  template(
    'higher order',
    'any',
    (g) =>
      closed`($twice := function($f) { function($v) { $f($f($v)) } }; $twice(${ofNumber(g)})(${g.make('number')}))`,
    (g) => closed`($fs := [$sum, $max, $count]; $map($fs, function($f) { $f(${g.make('numbers')}) }))`,
    (g) => closed`{"f": function($v) { $v & "?" }}.f(${g.make('text')})`,
    (g) => closed`($o := {"f": ${ofNumber(g, 'any')}, "n": 2}; $o.f($o.n))`,
    () => closed`$string({"f": $sum, "g": function($x) { $x }, "n": 1})`,
    () => closed`$type($sum) & $type(function() { 1 })`,
    (g) => closed`[$sum, ${g.make('any')}]`,
  ),
  template(
    'signature',
    'any',
    (g) => closed`(function($a, $b)<n-n:n> { $a + $b })(${g.make('number')}, ${g.make('number')})`,
    (g) => closed`(function($a)<s-:s> { $a & "!" })(${g.make('text')})`,
    (g) => closed`${g.operand('text')}.(function($a)<s-:s> { $a & "!" })()`,
    (g) => closed`(function($a)<a<n>:n> { $sum($a) })(${g.make('numbers')})`,
    (g) => closed`(function($a, $b)<sn?:s> { [$a, $b] })(${g.make('text')})`,
    (g) => closed`(function($a, $b)<(sn)b?:x> { [$a, $b] })(${g.make('text')}, ${g.make('boolean')})`,
    (g) => closed`(function($a, $b)<x+:a> { [$a, $b] })(${g.make('any')}, ${g.make('any')})`,
    (g) => closed`(function($a)<a:a> { $a })(${g.make('any')})`,
    (g) => closed`(function($f, $v)<f<n:n>n:n> { $f($v) })(${ofNumber(g)}, ${g.make('number')})`,
    (g) => closed`(function($a, $b)<o-j?:x> { [$a, $b] })(${g.make('object')}, ${g.make('any')})`,
    (g) => closed`(function($a, $b)<l?u:x> { [$a, $b] })(${g.make('any')}, ${g.make('any')})`,
    (g) =>
      closed`(function($a, $b, $c)<n+s+n?:x> { [$a, $b, $c] })(${g.make('number')}, ${g.make('text')}, ${g.make('number')})`,
    (g) => closed`(function($a, $b)<a<s>b:x> { [$a, $b] })(${g.make('texts')}, ${g.make('boolean')})`,
  ),
  template(
    // An object is never put into itself: the reference makes it cyclic.
    'transform',
    'any',
    (g) => open`${g.operand('object')} ~> |$|{"v": ${news(g)}}|`,
    (g) => open`$ ~> |items|{"price": ${news(item(g))}}|`,
    () => open`$ ~> |items.parts|{"k": k & "!"}, ["v", "w"]|`,
    (g) => closed`($t := |items[${item(g).make('boolean')}]|{"seen": true}, "tags"|; $t($$))`,
    () => open`one ~> |sub|{}, "k"|`,
    (g) => closed`(${g.operand('objects')} ~> |$|{"x": 1}|)`,
    () => open`$ ~> |**[k]|{"k": "z"}|`,
    () => open`items ~> |parts|{"n": 1}|`,
    (g) => open`${g.operand('any')} ~> |$|{"a": 1}, ${g.make('any')}|`,
    () => open`$ ~> |one|{"sub": nothing, "extra": {"deep": [1]}}| ~> |one.extra|{"deep": 2}|`,
    // Of a member named __proto__ the reference makes the object's prototype.
    () => open`$$ ~> |items|{"constructor": {"x": 1}}|`,
  ),
  template(
    'non-deterministic',
    'any',
    (g) => closed`$sort($shuffle(${g.make('numbers')}))`,
    () => closed`$random() < 1 and $random() >= 0`,
    () => closed`$now() = $now() and $millis() = $millis()`,
    () => closed`$length($now()) & $type($millis())`,
    (g) => closed`$count($shuffle(${g.make('any')}))`,
    (g) => inside(open`$toMillis($now()) = $millis() ? ${g.operand('any')}`),
  ),
];
