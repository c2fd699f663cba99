// Attestations of security keys and certificates of their makers: what holds is about the key, and a certificate that
// parses is that of a CA in exactly its bytes. corpus/attestation/packed and u2f are of the key below and hold.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/crypto/attestation.hpp"
#include "core/crypto/digest.hpp"

namespace {

using namespace blc::crypto;

constexpr std::string_view kKey =
    "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyN"
    "TYAAABBBN9zfZEXsicV0q1nc9hDxyjJyLgTGNn9lJTL8DkMbarfiuz/CzCWGwAmqNjrbdiHjjFbA1EVD0Kv2Kb/hW8QRM0AAAAEc"
    "3NoOg==";
constexpr std::string_view kChallenge = "34v+bV86N4/W2eozFfay2xlbgRhuINWbsb4AaszNOAQ=";
constexpr std::string_view kVendor =
    "MIIBqTCCAU+gAwIBAgIURGLT9wxu4aUnE/Y8p/l+oMcp4L0wCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXQWNtZSBTZWN1cml0eSBL"
    "ZXlzIFJvb3QwHhcNMjYxMTIzMTYyNDA1WhcNMzYxMTIwMTYyNDA1WjAiMSAwHgYDVQQDDBdBY21lIFNlY3VyaXR5IEtleXMgUm9v"
    "dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJDNotgFEgYRGCj1k9a5uwPCVbH0KOOQZF7aFk+Av9MS2u4wPVn0mIrY3IJmShTD"
    "L7ohrN0EMg6863TMoXWV/j+jYzBhMB0GA1UdDgQWBBQ0U4c7TqzvEpvJLI+hLw7Ox2xt7TAfBgNVHSMEGDAWgBQ0U4c7TqzvEpvJ"
    "LI+hLw7Ox2xt7TAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiEAgVN06OtQwG12qWik"
    "DqxF/CJmfJh63JA96SdKNrtrDbQCIBZJiRGj0j7gPGDHEmcIcirEtkfBA+z/K0PA0bYDJxvo";

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const auto key = *PublicKey::parse_line(kKey);
  static const auto challenge = *from_base64(kChallenge);
  static const std::vector vendors{*VendorCertificate::parse_der(*from_base64(kVendor))};
  static const auto time = *blc::parse_timestamp("2026-11-23T10:31:00.000Z");
  if (const auto vendor = check_attestation(bytes, challenge, key, vendors, time)) {
    must(*vendor == vendors.front().fingerprint() && bytes.substr(4).starts_with("ssh-sk-attest-v01"));
    must(!check_attestation(bytes, "another", key, vendors, time) && !check_attestation(bytes, challenge, key, {}, time));
  } else {
    must(vendor.error().code == blc::Exit::authentication && !vendor.error().message.empty());
  }
  if (const auto vendor = VendorCertificate::parse(bytes)) {
    must(vendor->der().size() <= (8U << 10U) && *VendorCertificate::parse_der(vendor->der()) == *vendor);
    for (const char c : vendor->subject()) must(c >= ' ' && c <= '~');
  } else {
    must(vendor.error().code == blc::Exit::usage && !vendor.error().message.empty());
  }
  return 0;
}
