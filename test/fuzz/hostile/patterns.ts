/** Regular expressions that a backtracking matcher would never be done with, and large ones. */
import { crossed, family, type Hostile, times } from '#test/fuzz/hostile/family';

const longText = `${times(60_000, 'a')}!`;

/** Their expressions. */
export const patterns: readonly Hostile[] = [
  ...family(
    'pattern that backtracks',
    crossed(
      ['$match(text, #)', '$replace(text, #, "x")', '$split(text, #)', '$contains(text, #)'],
      [
        '/(a+)+$/',
        '/(a|a)*$/',
        '/(a|aa)+$/',
        '/([a-zA-Z]+)*$/',
        '/(a*)*b/',
        '/(.*a){12}$/',
        '/(a?){30}a{30}$/',
        '/a*a*a*a*a*b/',
      ],
    ),
    { text: longText },
  ),
  ...family(
    'pattern that is large',
    [
      '$match(text, /(a{1,100}){1,100}/)',
      '$match(text, /((a{1,50}){1,50}){1,50}/)',
      '$match(text, /a{1,1000000}/)',
      '$match(text, /a{1000000000}/)',
      `$match(text, /${times(2000, '(a|b)?')}/)`,
      `$match(text, /${times(300, '(')}a${times(300, ')')}/)`,
      `$match(text, /${times(5000, '(')}a${times(5000, ')')}/)`,
      `$match(text, /${times(2000, 'a|')}b/)`,
      `$match(text, /[${times(2000, 'a-z')}]+/)`,
      '$match(text, /(?=a)*/)',
      '$match(text, /\\\\1(a)/)',
      '$match(text, /(?<name>a)\\\\k<name>/)',
      '$match(text, /\\\\p{L}+/u)',
      '$match(text, /./)',
      '$match(text, /x*/)',
      '$match(text, //)',
      '$replace(text, /a/, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")',
      '$replace(text, /(a)(a)(a)/, "$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3$1$2$3")',
      '$replace(text, "a", text)',
      '$replace(text, /a/, function($m) { $$.text })',
      '$split(text, "")',
      '$split(text, /a/)',
      '$map([1..10000], function($i) { $match($$.text, /a+$/) })',
      '$map([1..10000], function($i) { $contains($$.text, "b") })',
      '$map([1..10000], function($i) { $replace($$.text, "b", "c") })',
      '$match("a", function($s) { {"match": "a", "start": 0, "end": 1, "groups": [], "next": function() { {"match": "a", "start": 0, "end": 1, "groups": [], "next": $error} }} })',
      '($m := function($s) { {"match": "a", "start": 0, "end": 1, "groups": [], "next": function() { $m($s) }} }; $match("a", $m))',
      '($m := function($s) { {"match": "", "start": 0, "end": 0, "groups": [], "next": function() { $m($s) }} }; $replace("a", $m, "b"))',
      '$match("a", function() { 1 })',
      '/a/({"toString": 1})',
      '/a/([[1]])',
    ],
    { text: longText },
  ),
];
