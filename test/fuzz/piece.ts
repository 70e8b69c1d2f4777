/** Texts of expressions that know their parts, so that a part can be put in place of the whole when a difference is made smaller. */

/** A part of an expression. */
export interface Piece {
  readonly parts: readonly (string | Piece)[];
  /** It may stand next to an operator without brackets. */
  readonly closed: boolean;
}

const pieceOf = (strings: TemplateStringsArray, values: readonly (string | Piece)[], closed: boolean): Piece => ({
  parts: strings.flatMap((text, i) => {
    const value = values[i];
    return value === undefined ? [text] : [text, value];
  }),
  closed,
});

/** A call, a path, a bracket: something closed. */
export const closed = (strings: TemplateStringsArray, ...values: readonly (string | Piece)[]): Piece =>
  pieceOf(strings, values, true);

/** Something that needs brackets beside an operator. */
export const open = (strings: TemplateStringsArray, ...values: readonly (string | Piece)[]): Piece =>
  pieceOf(strings, values, false);

/** The piece, in brackets where it needs them. */
export const inside = (piece: Piece): Piece => (piece.closed ? piece : closed`(${piece})`);

/** Several, with something between. */
export const listed = (pieces: readonly Piece[], between = ', '): Piece => ({
  parts: pieces.flatMap((piece, i) => (i === 0 ? [piece] : [between, piece])),
  closed: true,
});

/** The text of the expression. */
export const textOf = (piece: Piece): string =>
  piece.parts.map((part) => (typeof part === 'string' ? part : textOf(part))).join('');

/** Every piece that is smaller by one step: a part in place of the whole, or a part made smaller. */
export function* smaller(piece: Piece): Generator<Piece, void, void> {
  const inner = piece.parts.filter((part) => typeof part !== 'string');
  yield* inner;
  if (piece.parts.length > 1 || inner.length > 0) for (const text of ['1', '"a"', '$']) yield closed`${text}`;
  for (let i = 0; i < piece.parts.length; i++) {
    const part = piece.parts[i] as string | Piece;
    if (typeof part === 'string') continue;
    for (const less of smaller(part)) {
      const parts = [...piece.parts];
      parts[i] = inside(less);
      yield { ...piece, parts };
    }
  }
}
