/** S3 takes no part that is smaller, but the last one (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
export const PART_BYTES = 5 * 1024 * 1024;

/** How bytes are cut: where each part begins and ends. */
export const partsOf = (size: number): readonly { readonly from: number; readonly to: number }[] =>
  Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => {
    return { from: i * PART_BYTES, to: Math.min(size, (i + 1) * PART_BYTES) };
  });
