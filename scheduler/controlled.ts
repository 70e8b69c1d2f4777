/** Whether a control message is done with, or when it is to come back. */
export type Controlled = { readonly done: true } | { readonly done: false; readonly delayMs: number };
