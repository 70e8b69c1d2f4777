/** The index that lists runs. Sparse: only the first root flow of a run has its keys, set at the put and never changed. */
export const RUNS_INDEX = 'runs';

/**
 * The table as data, in the words of CreateTable: tests make it from this, and so does the installation. On-demand, because an idle
 * installation shall cost nothing. The index holds keys alone: one write unit a run, and none when a run moves on.
 */
export const TABLE = {
  AttributeDefinitions: [
    { AttributeName: 'k', AttributeType: 'S' },
    { AttributeName: 's', AttributeType: 'S' },
    { AttributeName: 'g', AttributeType: 'S' },
    { AttributeName: 'a', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'k', KeyType: 'HASH' },
    { AttributeName: 's', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: RUNS_INDEX,
      KeySchema: [
        { AttributeName: 'g', KeyType: 'HASH' },
        { AttributeName: 'a', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
} as const;
