#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/command.hpp"
#include "cli/pin_words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/approval/admin_desk.hpp"
#include "core/crypto/digest.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace fs = std::filesystem;

namespace {

struct InitOptions {
  std::string directory;
  std::string name;
  std::string group;
  std::string state;
  std::string pin;
  bool join = false;
};

struct Modes {
  mode_t folder = 0700;
  mode_t key = 0600;
  mode_t shared_file = 0600;
  std::optional<gid_t> group;
};

Result<Modes> modes_for(const std::string& group) {
  if (group.empty()) return Modes{};
  const auto* const found = ::getgrnam(group.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
  if (found == nullptr) return fail(Exit::usage, fmt::format("there is no group {}", text::display(group)));
  return Modes{02770, 0640, 0660, found->gr_gid};
}

// "Oak Street Clinic" -> "oak-street-clinic": the readable half of the origin.
std::string name_from(const fs::path& directory) {
  std::string name;
  for (const char c : directory.filename().string()) {
    const auto lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const bool fine = (lower >= 'a' && lower <= 'z') || (!name.empty() && lower >= '0' && lower <= '9');
    if (fine) name += lower;
    if (!fine && !name.empty() && name.back() != '-') name += '-';
  }
  name = name.substr(0, 32);
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "practice" : name;
}

void give_to(const Modes& modes, const std::string& path, mode_t mode) {
  if (!modes.group) return;
  if (::chown(path.c_str(), static_cast<uid_t>(-1), *modes.group) != 0 || ::chmod(path.c_str(), mode) != 0)
    throw Broken("cannot share " + path + " with the group: are you a member of it?");
}

// Where the executor's key, sealing key and journal lie: the user's own state, or where the group can reach it.
Result<std::string> executor_state(Session& session, const InitOptions& options, const std::string& origin) {
  BLC_TRY(const auto* const places, session.places());
  if (options.group.empty()) return places->client_state(origin) + "/executor";
  if (!options.state.empty()) return fs::absolute(options.state).string();
  const std::string common = "/var/lib/blc";
  if (::access("/var/lib", W_OK) == 0) return common + origin.substr(origin.find('/'));
  return fail(Exit::usage, "the group's executor needs a folder that all of them reach, outside the practice",
              "name one with --state DIR");
}

Result<> make_executor_state(Session& session, const std::string& state, const Modes& modes) {
  BLC_CHECK(adapters::make_private_directory(state, modes.folder, modes.group));
  auto [key, pem] = crypto::ServiceKey::generate();
  const auto put = [&](const std::string& name, std::string_view bytes, mode_t mode) -> Result<> {
    BLC_CHECK(adapters::create_private(state + "/" + name, bytes, mode));
    give_to(modes, state + "/" + name, mode);
    return {};
  };
  BLC_CHECK(put("executor.key", pem.reveal(), modes.key));
  auto sealing = crypto::base64(session.random().secret(32).reveal());
  BLC_CHECK(put("sealing.key", sealing, modes.key));
  Secret::wipe(sealing);
  BLC_CHECK(adapters::FileJournal::create(state + "/journal", modes.shared_file));
  give_to(modes, state + "/journal", modes.shared_file);
  return put("lock", "", modes.shared_file);
}

Result<> copy_shipped(const std::string& from, const std::string& directory) {
  std::error_code error;
  for (const auto* folder : {"verbs", "policies", "fixtures"}) {
    fs::copy(from + "/" + folder, directory + "/" + folder, fs::copy_options::recursive, error);
    if (error) return fail(Exit::failed, fmt::format("{} cannot be copied: {}", folder, error.message()));
  }
  return {};
}

// The group's programs write among the records, whoever of the group starts them.
void share_records(const Modes& modes, const std::string& directory) {
  if (!modes.group) return;
  give_to(modes, directory, 02775);
  give_to(modes, directory + "/fixtures", 02775);
  for (const auto& entry : fs::recursive_directory_iterator(directory + "/fixtures")) {
    if (!entry.is_symlink()) give_to(modes, entry.path().string(), entry.is_directory() ? 02775 : 0664);
  }
}

Result<fs::path> fresh_directory(const std::string& given) {
  std::error_code error;
  fs::create_directories(given, error);
  auto directory = fs::canonical(given, error);
  if (error) return fail(Exit::usage, fmt::format("{} cannot be made: {}", text::display(given), error.message()));
  if (!fs::is_empty(directory, error))
    return fail(Exit::usage, fmt::format("{} is not empty", text::display(directory.string())),
                "name a new folder, or join the practice in it: blc init --join DIR --pin FILE");
  return directory;
}

Result<trust::Root> first_root(const std::string& name, const crypto::PublicKey& person, const crypto::PublicKey& executor,
                               bool shared, Timestamp now) {
  std::set<Environment> serves{Environment::local};
  if (!shared) serves = {kEnvironments.begin(), kEnvironments.end()};
  return trust::Root::make(
      {.version = 1,
       .admin_threshold = 1,
       .principals = {{name, trust::PrincipalKind::person, {std::string(trust::kAdminRole)}, {person}, {}},
                      {"executor", trust::PrincipalKind::service, {std::string(trust::kExecutorRole)}, {executor}, std::move(serves)}},
       .expires = now + trust::kRootLifetime});
}

// The first entry names itself: no head before it, no root in force.
Result<LeafHash> write_first_root(ports::LedgerStore& store, ports::HeadMemory& memory, Session& session, ports::Signer& signer,
                                  const std::string& origin, const std::string& name, const trust::Root& root) {
  UlidSource ids([&](std::uint8_t* to, std::size_t size) { session.random().fill(to, size); });
  const auto now = session.clock().now();
  const auto client = memory.client([&] { return ClientId{ids.next(now)}; });
  const ledger::Header header{origin, EntryId{ids.next(now)}, name, now, 0, {0, crypto::sha256("")}, {}, {}, {}, client};
  BLC_TRY(const auto bytes,
          ledger::sign_entry(ledger::Kind::root, ledger::encode_payload(ledger::Kind::root, header, root.to_json()), signer));
  if (store.append(0, bytes, {}) != ports::Appended::yes) return fail(Exit::failed, "the ledger is not empty");
  return ledger::leaf_hash(bytes);
}

Result<> write_first_catalog(approval::Log& log, ports::Signer& signer, const std::string& name,
                             const trust::Catalog::Files& files) {
  BLC_CHECK(log.append(signer, name, [&](const approval::Replay&) -> Result<approval::Draft> {
    BLC_TRY(const auto catalog, trust::Catalog::make(1, files));
    return approval::Draft{ledger::Kind::catalog, {}, catalog.to_json(), {}};
  }));
  return {};
}

// What was made of a practice that did not come about, for one that is founded next, goes again.
class Unfinished {
 public:
  Unfinished(std::string directory, std::string state) : directory_(std::move(directory)), state_(std::move(state)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (finished_) return;
    std::error_code ignored;
    for (const auto* const made : {"verbs", "policies", "fixtures", ".blc", "blc.yaml"}) fs::remove_all(directory_ + "/" + made, ignored);
    for (const auto* const made : {"executor.key", "sealing.key", "journal", "lock"}) fs::remove(state_ + "/" + made, ignored);
    fs::remove(state_, ignored);
  }
  void finished() { finished_ = true; }

 private:
  std::string directory_;
  std::string state_;
  bool finished_ = false;
};

Result<Exit> init(Session& session, const InitOptions& options) {
  if (!is_name(options.name))
    return fail(Exit::usage, "--name gives the name that the ledger will know you by: a-z, 0-9 and '-', a letter first");
  if (options.name == "executor") return fail(Exit::usage, "executor is the name of the practice's executor; take another");
  BLC_TRY(const auto modes, modes_for(options.group));
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(const auto person, crypto::PublicKey::parse_blob(signer->public_blob()));
  BLC_TRY(const auto shipped, shipped_catalog());
  BLC_TRY(const auto directory, fresh_directory(options.directory));
  const auto practice = name_from(directory);
  const auto origin = practice + "/" + to_hex(session.random().bytes(16));
  BLC_TRY(const auto state, executor_state(session, options, origin));
  BLC_TRY(const auto* const places, session.places());

  if (std::error_code error; !options.state.empty() && !fs::is_empty(state, error) && !error)
    return fail(Exit::usage, fmt::format("{} is not empty", text::display(state)), "name another folder with --state");
  Unfinished made(directory.string(), state);
  BLC_CHECK(copy_shipped(shipped, directory.string()));
  share_records(modes, directory.string());
  adapters::sync_file_system_of(directory.string());  // before anything says that there is a practice
  BLC_CHECK(make_executor_state(session, state, modes));
  const auto hidden = directory.string() + "/.blc";
  BLC_CHECK(adapters::make_private_directory(hidden, modes.folder, modes.group));
  BLC_TRY(const auto store, adapters::SqliteStore::create(hidden + "/ledger.db", modes.shared_file));
  give_to(modes, hidden + "/ledger.db", modes.shared_file);
  BLC_TRY(auto pem, adapters::read_private(state + "/executor.key", adapters::Readers::group));
  BLC_TRY(const auto executor, crypto::ServiceKey::from_pem(Secret::take(*std::move(pem))));
  BLC_TRY(const auto root, first_root(options.name, person, executor->key(), modes.group.has_value(), session.clock().now()));
  HeadFile memory(places->client_state(origin));
  BLC_TRY(const auto root1, write_first_root(*store, memory, session, *signer, origin, options.name, root));

  PinFile pin{{origin, root1, {1, root1.value}}, state, modes.group.has_value(), {directory.string()}};
  approval::Log log(*store, memory, session.clock(), session.random(), pin.pin);
  BLC_CHECK(log.refresh());
  BLC_TRY(const auto files, adapters::DirectoryPractice::open(directory.string()));
  BLC_TRY(const auto catalog, trust::Catalog::read(*files));
  BLC_CHECK(write_first_catalog(log, *signer, options.name, catalog));
  pin.pin.checkpoint = log.replay().head();
  BLC_CHECK(save_pin(*places, pin));
  adapters::write_private(directory.string() + "/blc.yaml", practice_file_text({practice, origin}), 0644);
  made.finished();

  auto& output = session.output();
  if (output.json())
    output.object(text::Json::Object{{"format", "blc.practice/v1"}, {"directory", directory.string()}, {"origin", origin},
                                     {"root1", root1.hex()}, {"executor_state", state}});
  output.line(fmt::format("{} is a practice now; you are {}, its admin.", directory.string(), options.name));
  output.line(fmt::format("Origin {}", origin));
  output.line(fmt::format("The executor's key, sealing key and journal lie in {}; back them up, keep others out.", state));
  output.line(fmt::format("Next  cd {}, then blc verbs; enrol others with blc trust add", directory.string()));
  return Exit::done;
}

Result<Exit> join(Session& session, const InitOptions& options) {
  if (options.pin.empty())
    return fail(Exit::usage, "joining needs the practice's pin", "somebody in it whom you trust exports it: blc trust pin FILE");
  BLC_TRY(const auto text, adapters::read_private(options.pin, adapters::Readers::given));
  if (!text) return fail(Exit::usage, fmt::format("{} is not there", text::display(options.pin)));
  BLC_TRY(auto pin, PinFile::parse(*text, options.pin));
  BLC_TRY(const auto directory, find_practice(options.directory));
  BLC_TRY(const auto practice, read_practice_file(directory));
  if (practice.origin != pin.pin.origin)
    return fail(Exit::authentication, fmt::format("this practice is {}, and the pin is for {}", practice.origin, pin.pin.origin),
                "do not use this folder; ask where it comes from");
  BLC_TRY(const auto* const places, session.places());
  BLC_TRY(const auto known, load_pin(*places, practice.origin));
  if (known) {
    if (known->pin.root1 != pin.pin.root1)
      return fail(Exit::authentication, "you hold another pin for this practice already");
    pin = *known;
  }
  HeadFile memory(places->client_state(practice.origin));
  BLC_TRY(const auto store, adapters::SqliteStore::open(directory + "/.blc/ledger.db"));
  approval::Log log(*store, memory, session.clock(), session.random(), pin.pin);
  BLC_CHECK(log.refresh());
  if (std::ranges::find(pin.directories, directory) == pin.directories.end()) pin.directories.push_back(directory);
  BLC_CHECK(save_pin(*places, pin));
  if (session.output().json())
    session.output().object(text::Json::Object{{"format", "blc.practice/v1"}, {"directory", directory}, {"origin", practice.origin},
                                               {"root1", pin.pin.root1.hex()}, {"executor_state", pin.executor_state}});
  session.output().line("The pin, read aloud, is: " + pin_words(pin.pin));
  session.output().line("Compare these words with whoever gave it to you before you sign anything.");
  session.output().line(fmt::format("You have joined {}; its ledger of {} entries extends the pin.", practice.origin, log.replay().size()));
  return Exit::done;
}

}  // namespace

void add_init(Commands& commands) {
  auto options = std::make_shared<InitOptions>();
  const auto init_command = commands.add(commands.app, "init", "Make a practice, or join one", [options](Session& session) {
    return options->join ? join(session, *options) : init(session, *options);
  });
  init_command.add_option("directory", options->directory, "the practice's folder").type_name("DIR").required();
  init_command.add_option("--name", options->name, "the name that the ledger will know you by");
  init_command.add_option("--group", options->group, "share ledger and executor with this group of the system; the executor then serves local only");
  init_command.add_option("--state", options->state, "with --group: where the executor's keys and journal lie; needed, but for root, who has /var/lib/blc").type_name("DIR");
  init_command.add_flag("--join", options->join, "join the practice in that folder");
  init_command.add_option("--pin", options->pin, "with --join: the pin file; nobody but its owner may be able to write it").type_name("FILE");
}

}  // namespace blc::cli
