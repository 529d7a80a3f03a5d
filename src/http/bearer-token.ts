/** The token of an `Authorization` header of the scheme Bearer (RFC 6750, section 2.1). */
export function findBearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
