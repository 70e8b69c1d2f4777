/** The name of a chart whose file does not say one: the file's own, `charts/nightly-report.asl.json` -> `nightly-report`. */
export const nameFromFile = (path: string): string => {
  const name = path.split(/[\\/]/).at(-1) as string;
  return name.replace(/(\.asl)?\.\w+$/, '');
};
