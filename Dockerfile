# Both `docker build` and scripts/image use this file. scripts/image brings `program` and `system` itself, so that
# it needs no registry of images.

# SQLite, libpq and OpenSSL are compiled in, so the program needs nothing but the C library.
FROM rust:1-bookworm AS program
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package alongside-server --bin alongside \
    && strip --strip-all -o /alongside target/release/alongside

FROM debian:bookworm AS packages
RUN apt-get update && apt-get install -y --no-install-recommends mmdebstrap
COPY scripts/image-system /usr/local/bin/
# A build may not mount anything, so mmdebstrap says that `unshare` failed. It goes on, and needs no mounts here.
RUN image-system /system

# The C library, the certificates of public authorities, and the user `alongside` (10001). No shell.
FROM scratch AS system
COPY --from=packages /system/ /

FROM system
COPY --from=program /alongside /usr/local/bin/alongside
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/alongside/
# As a number, so that an engine can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/alongside
# 8080 answers requests, 9090 metrics. In a container, 127.0.0.1 would be out of reach.
ENV PATH=/usr/local/bin \
    ALONGSIDE_LISTEN=0.0.0.0:8080 \
    ALONGSIDE_METRICS_LISTEN=0.0.0.0:9090 \
    ALONGSIDE_KEY_FILE=/var/lib/alongside/key
VOLUME /var/lib/alongside
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["alongside", "health"]
ENTRYPOINT ["/usr/local/bin/alongside"]
CMD ["serve"]
