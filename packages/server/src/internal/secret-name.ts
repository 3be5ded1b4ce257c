const SECRET_NAME =
  /(api|access|private|auth|admin|signing|encryption)[_-]?key|secret|token(?!s)|passw|credential|cookie|authorization/i;

/** True for names of settings under which a secret is likely to stand. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
