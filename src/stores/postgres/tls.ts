import type { ClientConfig } from "pg";
import { AppError } from "../../domain/errors.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import type { StoreAddress } from "../store-address.ts";

/** Returns what a connection is secured with. The server must show a certificate for its name. @throws AppError `usage` */
export function tlsOf({ host, tls }: StoreAddress): ClientConfig["ssl"] {
  if (tls === undefined) return false;
  const { rootCertificate, certificate, key } = tls;
  return {
    rejectUnauthorized: true,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(rootCertificate === undefined ? {} : { ca: readNamed(rootCertificate, "sslrootcert") }),
    ...(certificate === undefined ? {} : { cert: readNamed(certificate, "sslcert") }),
    ...(key === undefined ? {} : { key: readNamed(key, "sslkey") }),
  };
}

function readNamed(path: string, parameter: string): Buffer {
  const found = readFileIfAny(path);
  if (found !== undefined) return found;
  throw new AppError("usage", `${parameter} of the store names ${path}, and there is no such file.`, {
    hint: "Correct the path.",
  });
}
