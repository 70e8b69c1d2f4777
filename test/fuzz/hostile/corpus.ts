/** The hostile corpus. */
import { endless, nestedSyntax } from '#test/fuzz/hostile/depths';
import { family, type Hostile } from '#test/fuzz/hostile/family';
import { inputs } from '#test/fuzz/hostile/inputs';
import { names } from '#test/fuzz/hostile/names';
import { paths } from '#test/fuzz/hostile/paths';
import { patterns } from '#test/fuzz/hostile/patterns';
import { sizes } from '#test/fuzz/hostile/sizes';
import { work } from '#test/fuzz/hostile/work';

/** The family of plain expressions that use up all of the fuel: nothing may take longer. */
export const plainFamily = 'plain';

const plain: readonly Hostile[] = family(plainFamily, [
  '($f := function($n) { $f($n + 1) }; $f(0))',
  '($f := function($n, $s) { $n > 0 ? $f($n - 1, $s + $n * 2) : $s }; $f(10000000, 0))',
  '$map([1..1000000], function($v) { $v * 2 + 1 })',
]);

/** All expressions, the plain ones first. */
export const corpus: readonly Hostile[] = [
  ...plain,
  ...patterns,
  ...sizes,
  ...nestedSyntax,
  ...endless,
  ...names,
  ...inputs,
  ...work,
  ...paths,
];
