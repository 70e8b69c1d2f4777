/** Names that the host keeps for itself. */
import type { Json } from '#engine/json';
import { crossed, family, type Hostile } from '#test/fuzz/hostile/family';

const keys = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'length', 'then', 'toJSON'];

/** Their expressions. */
export const names: readonly Hostile[] = [
  ...family(
    'name of a prototype',
    crossed(
      [
        '{"#": 1}',
        '{"#": {"#": 1}}."#"."#"',
        '`#`',
        '$`#`',
        '$.`#`.`#`',
        '"a".`#`',
        '$sum.`#`',
        '[1].`#`',
        '$lookup($, "#")',
        '$lookup({"#": 2}, "#")',
        '$#',
        '($# := 1; $#)',
        '($# := function() { 1 }; $#())',
        '$#()',
        '#()',
        '[{"k": "#", "v": 1}, {"k": "#", "v": 2}]{k: v}',
        '{"a": 1} ~> |$|{"#": {"polluted": 1}}|',
        '({"a": 1} ~> |$|{"#": {"polluted": 1}}|).polluted',
        '{"a": 1} ~> |$|{}, "#"|',
        '$merge([{"#": {"polluted": 1}}, {"a": 2}]).polluted',
        '$keys({"#": 1})',
        '$spread({"#": 1})',
        '$each({"#": 1}, function($v, $k) { $k })',
        '$sift({"#": 1, "a": 2}, function($v, $k) { $k = "#" })',
        '$string({"#": 1}) & {"#": 2}',
        '$clone({"#": {"a": 1}})',
        '{"#": 1} = {"#": 1}',
        '{"#": 1} = {}',
        '$distinct([{"#": 1}, {"#": 1}, {}])',
        '$number({"#": 1})',
        '$sort([{"#": 1}, {"#": 2}])',
        '"#" in $keys({"#": 1})',
        '1 + {"#": 1}',
        '-{"#": 1}',
        '{"#": 1} < {"#": 2}',
        '{{"#": 1}: 1}',
        '$join([{"#": 1}])',
        '$formatNumber(1, "0", {"#": "x"})',
        '$[`#` = 1]',
        '$eval("`#`")',
      ],
      keys,
    ),
    JSON.parse(
      '{"a": {"toString": 1, "valueOf": 2, "toJSON": 3, "length": 4, "then": 5, "__proto__": 6, "constructor": 7}}',
    ) as Json,
  ),
];
