/** Templates of the built-in functions of arrays, objects and functions. */
import { call, whole } from '#test/fuzz/call';
import type { Generator, Template, Type } from '#test/fuzz/generator';
import { closed, type Piece } from '#test/fuzz/piece';
import { item } from '#test/fuzz/syntax';

/** A function of an item, its place and the list. */
const ofItem = (g: Generator, type: Type): Piece =>
  g.random.pick<() => Piece>([
    () => closed`function($v) { ${g.within(g.shape, { name: 'v', type: 'any' }).make(type)} }`,
    () =>
      closed`function($v, $i) { ${g.within(g.shape, { name: 'v', type: 'any' }, { name: 'i', type: 'number' }).make(type)} }`,
    () => closed`function($v, $i, $a) { $i < $count($a) - 1 }`,
    () => closed`function() { ${g.make(type)} }`,
    () =>
      closed`${g.random.pick(['$string', '$exists', '$type', '$boolean', '$not', '$sum', '$count', '$append', '$number'])}`,
    () => closed`function($v) { $v.name }`,
  ])();

/** Their templates. */
export const collectionTemplates: readonly Template[] = [
  call(
    'keys',
    'texts',
    (g) => closed`$keys(${g.make('object')})`,
    (g) => closed`$keys(${g.make('any')})`,
    (g) => closed`${g.operand('objects')}.$keys()`,
  ),
  call(
    'lookup',
    'any',
    (g) => closed`$lookup(${g.make('object')}, ${g.make('text')})`,
    (g) => closed`$lookup(${g.make('any')}, "k")`,
    () => closed`$lookup(items, "name")`,
    (g) => closed`$lookup(${g.make('any')}, "__proto__")`,
  ),
  call(
    'map',
    'any',
    (g) => closed`$map(${g.make('numbers')}, ${ofItem(g, 'any')})`,
    (g) => closed`$map(${g.make('any')}, ${ofItem(g, 'any')})`,
    (g) => closed`$map(items, ${ofItem(item(g), 'any')})`,
  ),
  call(
    'filter',
    'any',
    (g) => closed`$filter(${g.make('numbers')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`$filter(${g.make('any')}, ${ofItem(g, 'any')})`,
  ),
  call(
    'single',
    'any',
    (g) => closed`$single(${g.make('any')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`$single([1..3], function($v) { $v = ${whole(g, 1, 4)} })`,
    (g) => closed`$single(${g.make('number')})`,
    (g) => closed`$single([${g.make('number')}])`,
    (g) => closed`$single([1..${String(g.random.between(3, 5))}], function($v) { $v = 2 })`,
    () => closed`$single(items, function($v) { $v.id = 1 })`,
  ),
  call(
    'reduce',
    'any',
    (g) => closed`$reduce(${g.make('numbers')}, function($a, $b) { $a + $b })`,
    (g) => closed`$reduce(${g.make('any')}, function($a, $b, $i) { $string($a) & $i }, ${g.make('any')})`,
    (g) =>
      closed`$reduce(${g.make('texts')}, function($a, $b) { ${g.within(g.shape, { name: 'a', type: 'text' }, { name: 'b', type: 'text' }).make('text')} })`,
    (g) => closed`$reduce(${g.make('any')}, $append, [])`,
    (g) => closed`$reduce(${g.make('any')}, function($a, $v, $i, $all) { $count($all) + $i })`,
  ),
  call(
    'zip',
    'any',
    (g) => closed`$zip(${g.make('numbers')}, ${g.make('texts')})`,
    (g) => closed`$zip(${g.make('any')})`,
    (g) => closed`$zip(${g.make('any')}, ${g.make('any')}, [1..3])`,
  ),
  call(
    'sort',
    'any',
    (g) => closed`$sort(${g.make('numbers')})`,
    (g) => closed`$sort(${g.make('texts')})`,
    (g) => closed`$sort(${g.make('numbers')}, function($l, $r) { $l < $r })`,
    () => closed`$sort(items, function($l, $r) { $l.price > $r.price }).id`,
    (g) => closed`$sort(${g.make('any')}, function($l, $r) { $string($l) > $string($r) })`,
    (g) => closed`$sort(${g.make('any')})`,
  ),
  call(
    'reverse',
    'any',
    (g) => closed`$reverse(${g.make('any')})`,
    (g) => closed`$reverse(${g.make('numbers')})`,
  ),
  call(
    'shuffle',
    'any',
    (g) => closed`$sort($shuffle(${g.make('numbers')}))`,
    (g) => closed`$count($shuffle(${g.make('numbers')}))`,
  ),
  call(
    'distinct',
    'any',
    (g) => closed`$distinct(${g.make('any')})`,
    (g) => closed`$distinct(${g.make('texts')})`,
    (_g) => closed`$distinct(items.tags)`,
    (g) => closed`$distinct([${g.make('any')}, ${g.make('any')}, ${g.make('any')}])`,
  ),
  call(
    'append',
    'any',
    (g) => closed`$append(${g.make('any')}, ${g.make('any')})`,
    (g) => closed`$append(${g.make('numbers')}, ${g.make('number')})`,
  ),
  call(
    'spread',
    'any',
    (g) => closed`$spread(${g.make('object')})`,
    (g) => closed`$spread(${g.make('any')})`,
    (g) => closed`${g.operand('any')}.$spread()`,
  ),
  call(
    'merge',
    'object',
    (g) => closed`$merge(${g.make('objects')})`,
    (g) => closed`$merge([${g.make('object')}, ${g.make('object')}])`,
    (g) => closed`$merge(${g.make('any')})`,
  ),
  call(
    'each',
    'any',
    (g) => closed`$each(${g.make('object')}, function($v, $k) { $k & ":" & $string($v) })`,
    (g) => closed`$each(${g.make('object')}, ${ofItem(g, 'any')})`,
    (g) => closed`$each({"a": ${g.make('any')}, "b": 1}, ${ofItem(g, 'any')})`,
  ),
  call(
    'sift',
    'object',
    (g) => closed`$sift(${g.make('object')}, function($v, $k) { $k = "k" })`,
    (g) => closed`$sift(${g.make('object')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`${g.operand('object')}.$sift(function($v) { $v > 1 or true })`,
    (g) => closed`$sift(${g.make('any')}, function($v, $k, $o) { $exists($o) })`,
  ),
  call(
    'clone',
    'any',
    (g) => closed`$clone(${g.make('object')})`,
    (g) => closed`$clone(${g.make('any')})`,
  ),
];
