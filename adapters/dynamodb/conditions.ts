/**
 * Every condition, as DynamoDB wants it. `#x` stands for the attribute `x`, whose meaning `items.ts` tells; `:x` for a value given by the
 * writer. Each is checked in the same atomic step as its write. The letters are those of the invariants and rules of docs/protocol.md.
 */
export const conditions = {
  /** There is such an item at all: an UpdateItem would else make one. */
  exists: 'attribute_exists(#k)',
  /** Put if absent (rules I, L9; the first control row, the first answer to a callback). */
  absent: 'attribute_not_exists(#k)',
  /** The fence of every write to a flow (L2). */
  term: '#t = :t',
  /** A claim: Queued, or waiting for a time that has come by the item (rule G); an owned flow never. */
  claimable: '(#u = :queued OR (#u = :waiting AND #d <= :dueBy))',
  /** A commit is its owner's. */
  owner: '#o = :owner',
  /** At most one commit is accepted per seq (L1). */
  seq: '#q = :q',
  /** The status that the writer saw (rule E: a take-over demands Owned). */
  status: '#u = :status',
  /** A parent that waits for the children of exactly this split (rule H). */
  split: '(#w = :children AND #p = :split)',
  /** A flow that waits for exactly this callback. */
  callback: '#w = :callback',
  /** A checkpoint of a higher term stays, and a callback's later sign of life; so does the number of redrives where it is higher. */
  notNewer: '(attribute_not_exists(#t) OR #t <= :t)',
  fewerRedrives: '(attribute_not_exists(#R) OR #R < :redrives)',
  /** No archive is noted on a run, nor that it is left where it is. */
  notArchived: 'attribute_not_exists(#Z)',
  /** A run that was not redriven more often than was seen, and that no redrive keeps out of the archive. */
  redrivenAs: '(attribute_not_exists(#R) OR #R <= :redrives) AND (attribute_not_exists(#Q) OR #Q <= :redrives)',
  /** A redrive: of a run that is not archived. */
  mayBeRedriven: '(attribute_not_exists(#Z) OR #Z = :left)',
  /** The archive that was noted is the one seen. */
  archivedAs: '#Z = :note',
  /** A beat: the lease is there, not condemned, and this beat is a later one (L11, rule O). */
  beats: 'attribute_exists(#k) AND attribute_not_exists(#z) AND #b < :b',
  /** A lease that is there and not condemned. */
  alive: 'attribute_exists(#k) AND attribute_not_exists(#z)',
  /** Condemned, or voted for, at the beat that was seen: a worker that beat since is alive. */
  beatSeen: '#b = :b',
  /** The same command twice is one. */
  newCommand: '(attribute_not_exists(#m) OR NOT contains(#m, :one))',
  /** A setting is written only where it is as it was. */
  same: '#j = :was',
  /** A chart that is there and not deleted. */
  listedChart: 'attribute_exists(#k) AND attribute_not_exists(#x)',
  /** What is noted of a version of a chart does not count for a later one. */
  noLaterChart: 'attribute_exists(#k) AND #V <= :V',
} as const;

/** All of them must hold. */
export const all = (...parts: readonly (string | false | undefined)[]): string => parts.filter(Boolean).join(' AND ');
