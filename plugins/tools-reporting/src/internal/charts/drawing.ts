/** What is drawn, and how high it is. */
export interface Drawing {
  readonly height: number;
  readonly content: string;
}
