# SQLite, libpq and OpenSSL are compiled in, so the program needs libc alone, and certificates to fetch keys of other issuers.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package alongside-server --bin alongside

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin alongside \
    && install --directory --owner=alongside --group=alongside --mode=0700 /var/lib/alongside
COPY --from=build /src/target/release/alongside /usr/local/bin/alongside
# Whom to trust when the keys of another issuer are fetched.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/alongside/
USER alongside
WORKDIR /var/lib/alongside
# 8080 answers requests, 9090 metrics. In a container, 127.0.0.1 would be out of reach.
ENV ALONGSIDE_LISTEN=0.0.0.0:8080 \
    ALONGSIDE_METRICS_LISTEN=0.0.0.0:9090 \
    ALONGSIDE_KEY_FILE=/var/lib/alongside/key
VOLUME /var/lib/alongside
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["alongside", "health"]
ENTRYPOINT ["/usr/local/bin/alongside"]
CMD ["serve"]
