/** The build and the tests load .sql files as text. */
declare module '*.sql' {
  const text: string;
  export default text;
}
