/** Templates of the built-in functions of texts. */
import { call, simple, whole } from '#test/fuzz/call';
import type { Generator, Template } from '#test/fuzz/generator';
import { closed } from '#test/fuzz/piece';

/** A regular expression. */
export const pattern = (g: Generator): string =>
  g.random.pick([
    '/a/',
    '/[a-z]+/',
    '/(\\w)(\\d+)/',
    '/\\s+/',
    '/,/',
    '/^a|b$/',
    '/(a)|(b)/i',
    '/[^a-z]/i',
    '/b+?/',
    '/(?:re|gr)(e+)/',
    '/\\bW\\w*/',
    '/=|;/',
    '/l{2}/',
    '/./',
    '/x*/',
    '/$/m',
    '/^/m',
  ]);

/** Their templates. */
export const textTemplates: readonly Template[] = [
  ...simple(['lowercase', 'uppercase', 'trim', 'base64encode', 'encodeUrlComponent', 'encodeUrl'], 'text', 'text'),
  ...simple(['length'], 'number', 'text'),
  call(
    'string',
    'text',
    (g) => closed`$string(${g.make('any')})`,
    (g) => closed`$string(${g.make('any')}, ${g.make('boolean')})`,
    (g) => closed`${g.operand('any')}.$string()`,
  ),
  call(
    'base64decode',
    'text',
    (g) => closed`$base64decode($base64encode(${g.make('text')}))`,
    (g) =>
      closed`$base64decode(${g.random.pick(['"aGVsbG8="', '"aGVsbG8"', '"aGV sbG8="', '"_-8="', '""', '"a"', '"YWJj"'])})`,
  ),
  call(
    'decodeUrlComponent',
    'text',
    (g) => closed`$decodeUrlComponent($encodeUrlComponent(${g.make('text')}))`,
    (g) => closed`$decodeUrlComponent(${g.make('text')})`,
  ),
  call(
    'decodeUrl',
    'text',
    (g) => closed`$decodeUrl($encodeUrl(${g.make('text')}))`,
    (g) => closed`$decodeUrl(${g.make('text')})`,
  ),
  call(
    'substring',
    'text',
    (g) => closed`$substring(${g.make('text')}, ${whole(g, -4, 5)})`,
    (g) => closed`$substring(${g.make('text')}, ${whole(g, -9, 5)}, ${whole(g, -1, 6)})`,
    (g) => closed`$substring(${g.make('text')}, ${g.make('number')}, ${g.make('number')})`,
  ),
  call(
    'substringBefore',
    'text',
    (g) => closed`$substringBefore(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$substringBefore(${g.make('text')}, "a")`,
  ),
  call(
    'substringAfter',
    'text',
    (g) => closed`$substringAfter(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$substringAfter(${g.make('text')}, " ")`,
  ),
  call(
    'pad',
    'text',
    (g) => closed`$pad(${g.make('text')}, ${whole(g, -9, 9)})`,
    (g) => closed`$pad(${g.make('text')}, ${whole(g, -12, 12)}, ${g.make('text')})`,
  ),
  call(
    'join',
    'text',
    (g) => closed`$join(${g.make('texts')})`,
    (g) => closed`$join(${g.make('texts')}, ${g.make('text')})`,
  ),
  call(
    'split',
    'texts',
    (g) => closed`$split(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$split(${g.make('text')}, ${pattern(g)})`,
    (g) => closed`$split(${g.make('text')}, ${g.random.pick(['" "', '","', '""', '/a/'])}, ${whole(g, -1, 4)})`,
  ),
  call(
    'match',
    'any',
    (g) => closed`$match(${g.make('text')}, ${pattern(g)})`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}, ${whole(g, -1, 3)})`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}).match`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}).groups`,
  ),
  call(
    'replace',
    'text',
    // For a missing replacement the reference writes "undefined".
    (g) => closed`$replace(${g.make('text')}, ${g.make('text')}, ${g.operand('text')} & "")`,
    (g) =>
      closed`$replace(${g.make('text')}, ${pattern(g)}, ${JSON.stringify(g.random.pick(['-', '<$1>', '$0$0', '$$', '$2$1', '$12', '$', '']))})`,
    (g) =>
      closed`$replace(${g.make('text')}, ${pattern(g)}, function($m) { $uppercase($m.match) & $count($m.groups) })`,
    (g) => closed`$replace(${g.make('text')}, ${g.random.pick(['"a"', '/a/', '","'])}, "*", ${whole(g, -1, 3)})`,
  ),
  call('type', 'text', (g) => closed`$type(${g.make('any')})`),
  call(
    'eval',
    'any',
    (g) => {
      const inner = g.random.pick([
        '1 + 1',
        '$',
        'n',
        '[1,2,3]',
        '$sum(nums)',
        'name',
        '{"a": n}',
        '1 +',
        '$x',
        '$uppercase(1)',
        '"a" & "b"',
        '$$.n',
        'items.name',
      ]);
      return g.random.chance(0.7)
        ? closed`$eval(${JSON.stringify(inner)})`
        : closed`$eval(${JSON.stringify(inner)}, ${g.make('any')})`;
    },
    (g) => closed`$eval($string(${g.make('any')}))`,
  ),
];
