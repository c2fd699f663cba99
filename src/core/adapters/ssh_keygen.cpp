#include "core/adapters/ssh_keygen.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "core/adapters/secure_files.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/crypto/wire.hpp"
#include "core/text/display.hpp"

namespace blc::adapters {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kMagic = "openssh-key-v1\0"sv;
constexpr std::size_t kHeaderDigits = 4096;  // base64; holds the public part of every key, refused ones too
constexpr std::uint64_t kMostSignature = 64U << 10U;

constexpr std::string_view kFolder = "blc-sign-";
constexpr int kMostTries = 20;
constexpr std::array kInFolder{"message", "message.sig"};

// A folder of this user alone that lives in memory and goes with its files when this does. While it is in use it is
// locked; what a killed process left behind is not, and goes when the next one is made.
class MemoryFolder {
 public:
  explicit MemoryFolder(const std::string& parent) {
    remove_stale(parent);
    // Another process may take the new folder for a stale one until it is locked: then the next is made.
    for (int tries = 1; !make(parent); ++tries) {
      if (tries == kMostTries) throw Broken(fmt::format("no folder in {} can be locked", parent));
    }
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  ~MemoryFolder() { remove(folder_, path_); }
  [[nodiscard]] std::string file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

 private:
  bool make(const std::string& parent) {
    path_ = fmt::format("{}/{}XXXXXX", parent, kFolder);
    if (::mkdtemp(path_.data()) == nullptr) throw_errno("a folder in " + parent + " cannot be made");  // mode 0700
    return lock();
  }
  bool lock() {
    folder_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    return folder_.valid() && ::flock(folder_.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(folder_.get(), &about) == 0 &&
           about.st_nlink > 0;
  }

  static void remove_stale(const std::string& parent) {
    std::error_code ignored;  // what cannot be read now is removed another time
    for (std::filesystem::directory_iterator at(parent, ignored), end; !ignored && at != end; at.increment(ignored)) {
      const auto name = at->path().string();
      if (!at->path().filename().string().starts_with(kFolder)) continue;
      const Descriptor folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      struct stat about {};
      const bool ours = folder.valid() && ::fstat(folder.get(), &about) == 0 && about.st_uid == ::geteuid();
      if (ours && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) remove(folder, name);
    }
  }

  // Only what blc and ssh-keygen put there: anything else keeps the folder.
  static void remove(const Descriptor& folder, const std::string& path) {
    for (const auto* const name : kInFolder) ::unlinkat(folder.get(), name, 0);
    ::rmdir(path.c_str());
  }

  std::string path_;
  Descriptor folder_;
};

void write_message(const std::string& path, std::string_view message) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) throw_errno(path + " cannot be written");
  write_all(file, message, path);
}

std::optional<std::string> read_signature(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return file.valid() ? read_all(file, kMostSignature, path) : std::nullopt;
}

class KeygenSigner final : public ports::Signer {
 public:
  KeygenSigner(std::string path, OpensshHeader header, SshTools tools)
      : path_(std::move(path)), header_(std::move(header)), tools_(std::move(tools)) {}

  [[nodiscard]] std::string public_blob() const override { return header_.key.blob(); }

  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override {
    BLC_CHECK(prepare_person());
    const MemoryFolder folder(tools_.memory_folder);
    const auto file = folder.file("message");
    // A file, never standard input: with a key that wants a PIN and no terminal, ssh-keygen takes what it reads
    // there for the PIN.
    write_message(file, message);
    for (int attempt = 1;; ++attempt) {
      const auto code = run_ssh_keygen(tools_, {"-q", "-Y", "sign", "-n", std::string(name_space), "-f", path_, file});
      if (!code) return fail(code.error().code, "interrupted; the key signed nothing");
      if (const auto armored = *code == 0 ? read_signature(file + ".sig") : std::nullopt) {
        BLC_TRY(auto raw, crypto::sshsig_unarmor(*armored));
        return verified_signature(header_.key, std::move(raw), name_space, message);
      }
      if (!asks_for_passphrase() || attempt == kAttempts) return not_signed();
      if (tools_.tell) tools_.tell(fmt::format("Nothing was signed; most likely that was not the passphrase. Try {} of {}:", attempt + 1, kAttempts));
    }
  }

 private:
  static constexpr int kAttempts = 3;  // as ssh(1) gives

  // Of a security key a wrong PIN may be what failed, and each brings it nearer to locking itself.
  [[nodiscard]] bool asks_for_passphrase() const { return header_.encrypted && tools_.may_ask && !header_.key.hardware(); }

  // Nobody should wonder why nothing happens. Nor is an empty PIN tried: each wrong one brings the key nearer to
  // locking itself.
  [[nodiscard]] Result<> prepare_person() const {
    if (asks_for_passphrase() && tools_.tell)
      tools_.tell(fmt::format("To sign with your key {}:", text::display(std::filesystem::path(path_).filename().string())));
    if (!header_.key.hardware()) return {};
    const bool wants_pin = header_.asks && header_.asks->pin;
    if (wants_pin && !tools_.may_ask)
      return fail(Exit::authentication, "This security key signs only with its PIN, and there is nobody to ask for it.",
                  "Sign on a terminal, without --no-input.");
    if (!tools_.tell || (header_.asks && !header_.asks->touch)) return {};
    if (wants_pin) {
      tools_.tell("Your security key asks for its PIN; give it, then touch the key.");
    } else if (header_.asks) {
      tools_.tell("Touch your security key now.");
    } else {
      tools_.tell("Touch your security key when its passphrase, and its PIN if it has one, are given.");
    }
    return {};
  }

  [[nodiscard]] std::unexpected<Error> not_signed() const {
    if (header_.key.hardware())
      return fail(Exit::authentication,
                  "The security key did not sign: it is not plugged in, was not touched in time, or the PIN is wrong.",
                  "Plug it in, try again, and touch it when it blinks.");
    return fail(Exit::authentication, fmt::format("ssh-keygen did not sign with {}; nothing was signed.", path_),
                "Check the passphrase and try again.");
  }

  std::string path_;
  OpensshHeader header_;
  SshTools tools_;
};

// What follows the type in the private part of a security key (PROTOCOL.u2f): the curve of an ECDSA key, point,
// application, flags.
std::optional<OpensshHeader::Asks> read_asks(std::string_view private_part, crypto::KeyType type) {
  crypto::WireReader in(private_part);
  const auto check = in.u32();
  if (in.u32() != check) return std::nullopt;
  in.string();
  if (type == crypto::KeyType::sk_ecdsa_p256) in.string();
  in.string();
  in.string();
  const auto flags = in.byte();
  if (in.failed()) return std::nullopt;
  return OpensshHeader::Asks{.touch = (flags & 0x01U) != 0, .pin = (flags & 0x04U) != 0};
}

}  // namespace

Result<OpensshHeader> read_openssh_header(const Secret& text) {
  const auto damaged = [] { return fail(Exit::authentication, "The OpenSSH private key is damaged."); };
  auto rest = text.reveal();
  if (!rest.starts_with(kBegin)) return damaged();
  rest.remove_prefix(kBegin.size());
  std::string digits;
  digits.reserve(kHeaderDigits);
  for (const char c : rest.substr(0, rest.find('-'))) {
    if (c != '\n' && digits.size() < kHeaderDigits) digits.push_back(c);
  }
  auto decoded = crypto::from_base64(digits);
  Secret::wipe(digits);
  if (!decoded) return damaged();
  const auto bytes = Secret::take(*std::move(decoded));  // private bytes follow the header
  crypto::WireReader in(bytes.reveal());
  if (in.raw(kMagic.size()) != kMagic) return damaged();
  const auto cipher = in.string();
  in.string();  // the key derivation's name
  in.string();  // and its options
  const auto count = in.u32();
  const auto blob = in.string();
  if (in.failed() || count != 1) return damaged();
  BLC_TRY(auto key, crypto::PublicKey::parse_blob(blob));
  OpensshHeader header{.key = std::move(key), .encrypted = cipher != "none"};
  if (header.key.hardware() && !header.encrypted) header.asks = read_asks(in.string(), header.key.type());
  return header;
}

std::unique_ptr<ports::Signer> keygen_signer(std::string path, OpensshHeader header, SshTools tools) {
  return std::make_unique<KeygenSigner>(std::move(path), std::move(header), std::move(tools));
}

}  // namespace blc::adapters
