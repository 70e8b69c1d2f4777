/** Templates of the language's own nodes. */
import { type Generator, lostInCopies, type Template, type Type } from '#test/fuzz/generator';
import { closed, inside, listed, open, type Piece } from '#test/fuzz/piece';

type Make = Template['make'];

const template = (feature: string, type: Type | undefined, ...makes: readonly Make[]): Template => ({
  feature,
  type,
  make: (g, wanted) => g.random.pick(makes)(g, wanted),
});

/** `(left op right)`. */
const binary = (token: string, type: Type, left: Type, right: Type = left): Template =>
  template(token, type, (g) => open`${g.operand(left)} ${token} ${g.operand(right)}`);

const item = (g: Generator): Generator => g.within('item');
const part = (g: Generator): Generator => g.within('part');

/** A whole number that picks an item. */
const place = (g: Generator): Piece => closed`${String(g.random.between(-3, 3))}`;

const operators: readonly Template[] = [
  ...['+', '-', '*', '/', '%'].map((token) => binary(token, 'number', 'number')),
  template('=', 'boolean', (g) => {
    const type = g.random.pick<Type>(['number', 'text', 'boolean', 'any', 'object']);
    return open`${g.operand(type)} = ${g.operand(type)}`;
  }),
  template('!=', 'boolean', (g) => {
    const type = g.random.pick<Type>(['number', 'text', 'boolean', 'any', 'object']);
    return open`${g.operand(type)} != ${g.operand(type)}`;
  }),
  ...['<', '<=', '>', '>='].map((token) =>
    template(token, 'boolean', (g) => {
      const type = g.random.pick<Type>(['number', 'text']);
      return open`${g.operand(type)} ${token} ${g.operand(type)}`;
    }),
  ),
  binary('&', 'text', 'text', 'any'),
  binary('and', 'boolean', 'boolean', 'any'),
  binary('or', 'boolean', 'boolean', 'any'),
  template(
    'in',
    'boolean',
    (g) => open`${g.operand('number')} in ${g.operand('numbers')}`,
    (g) => open`${g.operand('text')} in ${g.operand('texts')}`,
    (g) => open`${g.operand('any')} in ${g.operand('any')}`,
  ),
  template('negate', 'number', (g) => open`-${g.operand('number')}`),
  template(
    'range',
    'numbers',
    (g) => closed`[${String(g.random.between(-2, 3))}..${String(g.random.between(-2, 8))}]`,
    (g) => closed`[1..$count(${g.make('any')})]`,
    (g) => closed`[${g.operand('number')}, 1..${String(g.random.between(0, 4))}, ${g.operand('number')}]`,
    (g) => closed`($.[1..${String(g.random.between(1, 4))}].($ * 2))`,
    (g) => open`[m..n][${place(g)}]`,
  ),
  template('?:', undefined, (g, wanted) => open`${g.without(lostInCopies).operand(wanted)} ?: ${g.operand(wanted)}`),
  template(
    '??',
    undefined,
    (g, wanted) => open`${g.without(lostInCopies).operand(wanted)} ?? ${g.operand(wanted)}`,
    (g, wanted) => open`missing ?? ${g.operand(wanted)}`,
  ),
  template(
    'condition',
    undefined,
    (g, wanted) => open`${g.operand('boolean')} ? ${g.operand(wanted)} : ${g.operand(wanted)}`,
    (g, wanted) => open`${g.operand('any')} ? ${g.operand(wanted)}`,
  ),
];

const paths: readonly Template[] = [
  template(
    'path',
    'any',
    (g) => closed`${g.operand('objects')}.${inside(item(g).make('any'))}`,
    (g) => closed`items.parts.${inside(part(g).make('any'))}`,
    (g) => closed`$$.items.${inside(item(g).make('any'))}`,
    (g) => closed`${g.operand('any')}.${inside(g.within('other').make('any'))}`,
    (g) => closed`one.sub.${inside(part(g).make('any'))}`,
    (_g) => closed`nest.$`,
    // At the start of a path the reference gives an array's `*` the flags of its own lists as well.
    (g) => closed`[${g.without(['wildcard']).make('any')}].${inside(g.make('any'))}`,
    (g) => closed`${g.operand('any')}.[${g.make('any')}]`,
    (g) => closed`${g.operand('any')}.{"k": ${g.make('any')}}`,
    (_g) => closed`items.[name, price]`,
    (_g) => closed`items.[parts.v].$sum($)`,
  ),
  template(
    'wildcard',
    'any',
    () => closed`*`,
    () => closed`one.*`,
    () => closed`items.*`,
    () => closed`*.*`,
    (g) => closed`${g.operand('any')}.*`,
    (g) => closed`*[${place(g)}]`,
    () => closed`*.name`,
    (g) => closed`items.*[${g.make('boolean')}]`,
  ),
  template(
    'descendant',
    'any',
    () => closed`**`,
    () => closed`**.name`,
    () => closed`**.v`,
    () => closed`items.**`,
    (g) => closed`${g.operand('any')}.**`,
    (g) => closed`**[${place(g)}]`,
    () => closed`**[$type($) = "number"]`,
    () => closed`$count(**)`,
  ),
  template(
    'parent',
    'any',
    () => closed`items.sub.%.name`,
    () => closed`items.parts.(%.name)`,
    () => closed`items.parts.%.%.n`,
    () => closed`items.parts[%.price > 2].k`,
    () => closed`items.parts.{"k": k, "of": %.name}`,
    () => closed`items.parts^(%.name, k).k`,
    () => closed`items.parts.[k, %.id]`,
    () => closed`(items.parts).%.name`,
    () => closed`one.sub.(k & %.name)`,
    (g) => closed`items.parts.(${part(g).make('any')} & %.name)`,
    (g) => closed`items.sub[${part(g).make('boolean')}].%.id`,
    () => closed`items.parts[0].%.id`,
    () => closed`items.parts@$p.%.name`,
    () => closed`items#$i.parts.{"i": $i, "n": %.name}`,
    () => closed`items.*.%.id`,
  ),
  template(
    'filter by number',
    'any',
    (g) => open`${g.operand('numbers')}[${place(g)}]`,
    (g) => closed`items[${place(g)}]`,
    (g) => closed`items.parts[${place(g)}]`,
    (g) => closed`(items.parts)[${place(g)}]`,
    (g) => open`${g.operand('any')}[${place(g)}]`,
    (g) => open`${g.operand('any')}[${place(g)}][${place(g)}]`,
    (g) => closed`items[${g.make('number')}]`,
    (g) => open`${g.operand('any')}[[${place(g)}, ${place(g)}]]`,
    (_g) => closed`items[[0..1]].name`,
    (g) => closed`nest[${place(g)}]`,
    (_g) => closed`items.name[1.7]`,
  ),
  template(
    'filter by condition',
    'any',
    (g) => closed`items[${item(g).make('boolean')}]`,
    (g) => closed`items[${item(g).make('boolean')}].name`,
    (g) => closed`items.parts[${part(g).make('boolean')}].v`,
    (g) => open`${g.operand('any')}[${g.make('any')}]`,
    (_g) => closed`items[name = $$.items[0].name][price > 1]`,
    (g) => open`${g.operand('numbers')}[$ > ${g.operand('number')}]`,
    (_g) => closed`items[tags]`,
    (g) => closed`items["red" in tags].(${item(g).make('any')})`,
    (g) => open`${g.operand('numbers')}[$ % 2 = 0]`,
  ),
  template(
    'keep array',
    'any',
    () => closed`items[0].name[]`,
    () => closed`items[].name`,
    () => closed`one.name[]`,
    () => closed`one[].sub.k`,
    () => closed`items[id = 1][]`,
    (g) => open`${g.operand('any')}[]`,
    (g) => closed`(${g.make('any')})[]`,
    (g) => open`${g.operand('any')}[][${place(g)}]`,
    () => closed`items.parts[0][].k`,
    (g) => open`[${g.make('any')}][]`,
    (g) => closed`$map(${g.operand('any')}, function($v) { $v })[]`,
    () => closed`{"a": one.name[]}`,
    () => closed`items[].{"n": name[]}`,
    () => closed`**.k[]`,
    () => closed`*[]`,
  ),
  template(
    'focus @',
    'any',
    () => closed`items@$i.{"n": $i.name}`,
    () => closed`items@$i.$i.parts@$p.{"n": $i.name, "k": $p.k}`,
    () => closed`items@$i.$$.items@$j[$i.name = $j.name].{"i": $i.id, "j": $j.id}`,
    (g) => closed`items@$i.(${g.within('document', { name: 'i', type: 'object' }).make('any')})`,
    () => closed`items@$i[$i.price > 1].$i.id`,
    () => closed`items@$i.$i.parts@$p[$p.v > $i.price].[$i.id, $p.v]`,
    () => closed`items@$i#$n.{"n": $n, "name": $i.name}`,
    () => closed`items@$i.$i.parts{$i.name: $count($)}`,
    () => closed`items@$i^($i.price).$i.name`,
    () => closed`nums@$a.$$.nums@$b[$a = $b].($a)`,
    () => closed`items@$i`,
    () => closed`items@$i.$i.parts@$p{$i.name: $p.k}`,
  ),
  template(
    'index #',
    'any',
    () => closed`items#$i.{"i": $i, "n": name}`,
    () => closed`items#$i[$i > 0].name`,
    () => closed`items.parts#$i.[$i, k]`,
    (g) => closed`items[${item(g).make('boolean')}]#$i.{"i": $i, "id": id}`,
    (g) => closed`items#$i.(${g.within('item', { name: 'i', type: 'number' }).make('any')})`,
    () => closed`nums#$i[$i % 2 = 0]`,
    () => closed`items^(name)#$i.[$i, name]`,
    () => closed`nums#$i.($ * $i)`,
    () => closed`items#$i.parts#$j.{"at": [$i, $j], "k": k}`,
    () => closed`items#$i{name: $i}`,
    () => closed`items#$i`,
    () => closed`items#$i[0].name`,
    () => closed`items.parts[0]#$i.[$i, k]`,
  ),
  template(
    'order-by',
    'any',
    () => closed`items^(name)`,
    () => closed`items^(>price, name).id`,
    () => closed`items^(<name, >id).[name, id]`,
    (g) => closed`items^(${item(g).make('number')})`,
    (g) => closed`items^(${item(g).make('text')}).name`,
    (g) => closed`${g.operand('numbers')}^($)`,
    (g) => closed`${g.operand('texts')}^(>$)`,
    () => closed`items^(sub.v)[0]`,
    () => closed`items.parts^(k, >v).v`,
    () => closed`items^(price)[[0..1]].name`,
    () => closed`items.(parts^(v)).k`,
    (g) => closed`${g.operand('any')}^($)`,
    () => closed`items^($length(name), id).id[]`,
  ),
  template(
    'group-by',
    'object',
    () => closed`items{name: price}`,
    () => closed`items{name: $sum(price)}`,
    (g) => closed`items{name: ${item(g).make('any')}}`,
    () => closed`items.parts{k: v, w: list}`,
    (g) => closed`${g.operand('objects')}{$string(id): ${item(g).make('any')}}`,
    () => closed`items{name: {"ids": [id], "n": $count($)}}`,
    (_g) => closed`strs{$: $count($)}`,
    (g) => closed`${g.operand('numbers')}{$string($): $}`,
    () => closed`items[price > 0]{name: tags}`,
    () => closed`items.parts{k: $}`,
    () => closed`items{name: parts{k: v}}`,
    (g) => closed`$map(${g.operand('any')}, function($v, $i) { {"k": $string($i), "v": $v} }){k: v}`,
    () => closed`items^(id){name: id[0]}`,
  ),
];

const constructors: readonly Template[] = [
  template(
    'array',
    'any',
    (g) => closed`[${g.make('any')}, ${g.make('any')}]`,
    (g) => closed`[[${g.make('any')}], ${g.make('any')}]`,
    (g) => closed`[${g.make('any')}]`,
    (g) => closed`[[${g.make('any')}]]`,
    () => closed`[]`,
    (g) => open`[${listed([g.make('any'), g.make('number'), g.make('text')])}][${place(g)}]`,
  ),
  template('array', 'numbers', (g) => closed`[${g.make('number')}, ${g.make('number')}, ${g.make('numbers')}]`),
  template('array', 'texts', (g) => closed`[${g.make('text')}, ${g.make('texts')}]`),
  template(
    'object',
    'object',
    (g) => closed`{"k": ${g.make('text')}, "v": ${g.make('number')}}`,
    (g) => closed`{"a": ${g.make('any')}, "b": ${g.make('any')}}`,
    (g) => closed`{${g.make('text')}: ${g.make('any')}}`,
    (g) => closed`{t: ${g.make('any')}, "z": n}`,
    () => closed`{}`,
    (g) => closed`{"__proto__": ${g.make('any')}, "constructor": 1, "toString": ${g.make('any')}}`,
  ),
  template(
    'object',
    'objects',
    (g) => closed`[{"id": ${g.make('number')}, "name": ${g.make('text')}}, {"id": 2, "tags": ${g.make('texts')}}]`,
    (g) => closed`items.{"id": id, "name": name, "price": ${item(g).make('number')}}`,
  ),
];

const variables: readonly Template[] = [
  template(
    'bind',
    undefined,
    (g, wanted) => {
      const type = g.random.pick<Type>(['number', 'text', 'numbers', 'any', 'objects']);
      const name = g.random.pick(['x', 'y', 'toString']);
      return closed`($${name} := ${g.make(type)}; ${g.within(g.shape, { name, type }).make(wanted)})`;
    },
    (g, wanted) => closed`($x := $y := ${g.make(wanted)}; $y)`,
    (g, wanted) => closed`($x := 1; ($x := ${g.make('any')}); $x = 1 ? ${g.operand(wanted)})`,
    (g) => closed`($x := ${g.make('any')}; items.($x := id; $x + $count($x)))`,
  ),
  template(
    'block',
    undefined,
    (g, wanted) => closed`(${g.make(wanted)})`,
    (g, wanted) => closed`(${g.make('any')}; ${g.make(wanted)})`,
    (g, wanted) => closed`((${g.make(wanted)}))`,
    (g, wanted) => closed`(${g.make(wanted)};)`,
  ),
  template(
    '$',
    'any',
    () => closed`$`,
    (g) => closed`$.${inside(g.make('any'))}`,
    (g) => closed`$[${place(g)}]`,
  ),
  template(
    '$$',
    'any',
    (g) => closed`$$.${inside(g.within('document').make('any'))}`,
    () => closed`$$`,
  ),
  template(
    'regex',
    'any',
    () => closed`/a/("banana")`,
    (g) => closed`/(\\d+)([a-z])?/i($string(${g.make('text')}))`,
    (g) => closed`$match(${g.make('text')}, /[a-z]+/)`,
    () => closed`/b(.)/("abcb").next()`,
    (g) => closed`(/^\\w+/($string(${g.make('text')}))).match`,
    (g) => open`${g.operand('texts')}[$contains($, /e|^a/)]`,
    (g) => closed`$replace(${g.make('text')}, /([a-z])(\\d)?/i, "<$1$2>")`,
    (g) => closed`$split(${g.make('text')}, /[ ,;]+/)`,
    () => closed`/x/`,
  ),
];

/** Templates of nodes that are no functions. */
export const syntax: readonly Template[] = [...operators, ...paths, ...constructors, ...variables];

export { item, template };
