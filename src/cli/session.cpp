#include "cli/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ranges>

#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/crypto/digest.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

using adapters::variable;

constexpr std::size_t kShortestSuffix = 6;

}  // namespace

Session::Session(Globals globals, Output& output, CommandLog& command_log, Purpose purpose)
    : globals_(std::move(globals)), output_(output), command_log_(command_log), purpose_(purpose) {}
Session::~Session() = default;

namespace {

template <class Answer>
Result<Answer> unless_interrupted(Answer answer, const std::string& undone) {
  if (!answer && adapters::Terminal::interrupted()) return fail(Exit::interrupted, "interrupted; " + undone);
  return answer;
}

}  // namespace

Result<std::optional<std::string>> Session::ask(const std::string& question, const std::string& undone) {
  return unless_interrupted(terminal_.ask(fit(question, terminal_.errors_width())), undone);
}

Result<std::optional<Secret>> Session::ask_secret(const std::string& question, const std::string& undone) {
  return unless_interrupted(terminal_.ask_secret(fit(question, terminal_.errors_width())), undone);
}

const adapters::SshTools& Session::ssh_tools() {
  if (!ssh_tools_) {
    ssh_tools_ = adapters::SshTools::of_this_process();
    ssh_tools_->may_ask = interactive();
    ssh_tools_->tell = [this](const std::string& text) { output_.call(text); };
  }
  return *ssh_tools_;
}

std::stop_token Session::interrupts() {
  if (!interrupts_) interrupts_ = std::make_unique<adapters::Interrupts>();
  return interrupts_->token();
}

Result<const Places*> Session::places() {
  if (!places_) {
    BLC_TRY(places_, Places::of_this_user());
  }
  return &*places_;
}

Result<policy::Settings> Session::settings() {
  const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  return held(policy::Settings::read(variable, given(globals_.environment), given(globals_.classification)));
}

Result<policy::Settings> Session::settings_in(Environment environment) {
  const auto ceiling = globals_.classification.empty() ? std::nullopt : std::optional(globals_.classification);
  return held(policy::Settings::read(variable, std::string(to_string(environment)), ceiling));
}

// Where the policy cannot be read, nothing says that a setting lowers none of it.
Result<policy::Settings> Session::held(Result<policy::Settings> read) {
  if (!read || !read->to_hold()) return read;
  const auto catalog = governing_catalog(read->environment);
  if (!catalog) return read->refused("the policy that it is held against cannot be read: " + catalog.error().message);
  BLC_CHECK(read->hold(catalog->environments(), catalog->policy()));
  return read;
}

Result<std::string> Session::key_path() {
  if (!globals_.key.empty()) return globals_.key;
  if (const auto named = variable("BLC_KEY"); named && !named->empty()) return *named;
  BLC_TRY(const auto* mine, places());
  std::error_code error;
  if (!std::filesystem::exists(mine->default_key(), error))
    return fail(Exit::authentication, "you have no key yet", "blc key new makes one; or name yours with --key FILE");
  return mine->default_key();
}

Result<ports::Signer*> Session::signer() {
  if (!signer_) {
    BLC_TRY(const auto path, key_path());
    BLC_TRY(key_, adapters::open_signer(path, ssh_tools()));
    signer_ = adapters::logged(*key_, command_log_.logger());
  }
  return signer_.get();
}

Result<std::string> Session::store_path() const {
  const auto named = globals_.store.empty() ? variable("BLC_STORE").value_or("") : globals_.store;
  if (named.empty()) return directory_ + "/.blc/ledger.db";
  constexpr std::string_view kSqlite = "sqlite:";
  if (named.starts_with(kSqlite) && named.size() > kSqlite.size()) return named.substr(kSqlite.size());
  return fail(Exit::usage, fmt::format("{} is no store that this blc knows", text::display(named)),
              "sqlite:PATH names a ledger file");
}

Result<> Session::join() {
  if (!directory_.empty()) return {};
  BLC_TRY(const auto* mine, places());
  BLC_TRY(const auto directory, find_practice(globals_.practice));
  BLC_TRY(const auto practice, read_practice_file(directory));
  BLC_TRY(auto pin, load_pin(*mine, practice.origin));
  const bool joined = pin && std::ranges::find(pin->directories, directory) != pin->directories.end();
  if (!joined)
    return fail(Exit::refused,
                fmt::format("you have not joined this practice ({}); nothing of it is run", text::display(directory)),
                fmt::format("get its pin from somebody whom you trust (blc trust pin), then: blc init --join {} --pin FILE",
                            text::display(directory)));
  pin_ = *std::move(pin);
  directory_ = directory;
  return {};
}

Result<> Session::open_practice() {
  if (log_) return {};
  BLC_CHECK(join());
  BLC_TRY(files_, adapters::DirectoryPractice::open(directory_));
  BLC_TRY(const auto path, store_path());
  BLC_TRY(auto store, adapters::SqliteStore::open(path));
  store_ = adapters::logged(std::move(store), command_log_.logger());
  BLC_TRY(const auto* mine, places());
  memory_ = std::make_unique<HeadFile>(mine->client_state(pin_.pin.origin),
                                       purpose_ == Purpose::glance ? HeadFile::Keeps::nothing : HeadFile::Keeps::all);
  if (purpose_ != Purpose::glance) BLC_CHECK(adapters::make_private_directory(mine->client_state(pin_.pin.origin)));
  index_ = std::make_unique<adapters::SqliteIndex>(
      mine->client_state(pin_.pin.origin) + "/index.db",
      purpose_ == Purpose::glance ? adapters::SqliteIndex::Use::look_only : adapters::SqliteIndex::Use::normal);
  log_ = std::make_unique<approval::Log>(*store_, *memory_, clock_, random_, pin_.pin, index_.get());
  return {};
}

Result<approval::Log*> Session::unverified_log() {
  BLC_CHECK(open_practice());
  return log_.get();
}

Result<approval::Log*> Session::log(VoidEntries void_entries) {
  BLC_CHECK(open_practice());
  if (!refreshed_) {
    const auto begin = clock_.since_boot();
    BLC_CHECK(log_->refresh());
    refreshed_ = true;
    constexpr std::size_t kMostTold = 3;
    const auto faults = log_->replay().faults();
    if (void_entries == VoidEntries::warned_of) {
      for (const auto& fault : faults | std::views::take(kMostTold)) output_.warn(fmt::format("entry {} of the ledger is void: {}", fault.leaf, fault.why));
      if (faults.size() > kMostTold) output_.warn(fmt::format("so are {} more of its entries: blc ledger verify lists them", faults.size() - kMostTold));
    }
    const auto missing = log_->missing_of_mine();
    const auto& lost = log_->new_losses();
    for (const auto& loss : lost)
      output_.warn(fmt::format("entries {} to {} of the ledger are lost: a backup was put back, say your admins; blc trust show tells who "
                               "they are", loss.kept, loss.size - 1));
    const std::string gone = lost.empty() ? "the ledger does not hold something that you signed"
                                          : "lost with them is something that you signed; do it again if it still holds";
    for (const auto& what : missing) output_.warn(fmt::format("{}: {}", gone, what));
    tell_of_ledger(faults.size(), missing.size(), clock_.since_boot() - begin);
  }
  if (void_entries == VoidEntries::refused) BLC_CHECK(log_->sound());
  return log_.get();
}

void Session::tell_of_ledger(std::size_t faults, std::size_t missing, Milliseconds took) {
  const auto size = log_->replay().size();
  command_log_.logger().log({.severity = faults + missing == 0 ? ports::Severity::info : ports::Severity::error,
                             .event = "ledger.verified",
                             .message = fmt::format("practice {}, ledger {}: {} entries verified", directory_, pin_.pin.origin, size),
                             .more = {{"origin", pin_.pin.origin},
                                      {"size", static_cast<std::int64_t>(size)},
                                      {"void", static_cast<std::int64_t>(faults)},
                                      {"missing", static_cast<std::int64_t>(missing)},
                                      {"ms", static_cast<std::int64_t>(took.count())}}});
}

Result<ports::PracticeFiles*> Session::files() {
  BLC_CHECK(open_practice());
  return files_.get();
}

Result<std::unique_ptr<ports::KeyWrap>> Session::sealing_key() {
  BLC_CHECK(join());
  if (pin_.executor_state.empty()) return nullptr;
  BLC_TRY(auto text, adapters::read_private(executor_file("sealing.key"), state_readers()));
  if (!text) return nullptr;
  auto key = crypto::from_base64(*text);
  Secret::wipe(*text);
  if (!key || key->size() != 32) return fail(Exit::authentication, "the sealing key is damaged");
  return crypto::file_key_wrap(random_, Secret::take(*std::move(key)));
}

Result<approval::Vault*> Session::vault() {
  if (!vault_) {
    BLC_CHECK(log());
    BLC_TRY(kek_, sealing_key());
    vault_ = std::make_unique<approval::Vault>(random_, kek_.get(), *store_, pin_.pin.origin);
  }
  return vault_.get();
}

Result<approval::Desk*> Session::desk() {
  if (!desk_) {
    BLC_TRY(auto* ledger, log());
    BLC_TRY(auto* safe, vault());
    BLC_TRY(auto* key, signer());
    BLC_TRY(desk_, approval::Desk::open(*ledger, *key, *safe));
  }
  return &*desk_;
}

Result<crypto::ServiceKey*> Session::executor_key() {
  if (!executor_key_) {
    BLC_CHECK(open_practice());
    if (pin_.executor_state.empty())
      return fail(Exit::authentication, "this machine has no executor for this practice",
                  "run it where the practice was made, or share its executor with a group");
    BLC_TRY(auto pem, adapters::read_private(executor_file("executor.key"), state_readers()));
    if (!pem) return fail(Exit::authentication, "the executor's key is missing: " + executor_file("executor.key"));
    BLC_TRY(executor_key_, crypto::ServiceKey::from_pem(Secret::take(*std::move(pem))));
  }
  return executor_key_.get();
}

Result<execution::Executor*> Session::executor() {
  if (!executor_) {
    BLC_TRY(auto* ledger, log());
    BLC_TRY(auto* safe, vault());
    BLC_TRY(auto* key, executor_key());
    journal_ = std::make_unique<adapters::FileJournal>(executor_file("journal"));
    using Isolated = adapters::IsolatedProcesses;
    processes_ = adapters::logged(
        std::make_unique<Isolated>(Isolated::Choice::best, places_->client_state(pin_.pin.origin) + "/isolation"),
        command_log_.logger());
    executor_signer_ = adapters::logged(*key, command_log_.logger());
    credentials_ = std::make_unique<adapters::FileCredentials>(executor_file("credentials"));
    const auto lock_path = executor_file("lock");
    const mode_t mode = pin_.shared ? 0660 : 0600;
    const auto take_lock = [this, lock_path, mode](Milliseconds wait) {
      constexpr Milliseconds kSilent{500};
      auto lock = adapters::FileLock::acquire(lock_path, std::min(wait, kSilent), mode);
      if (lock || wait <= kSilent) return lock;
      output_.note("Another run is under way with this executor; waiting for its end.");
      return adapters::FileLock::acquire(lock_path, wait - kSilent, mode);
    };
    BLC_TRY(auto opened,
            execution::Executor::open({*ledger, *safe, *executor_signer_, clock_, *journal_, *processes_, *files_, *credentials_, take_lock}));
    executor_.emplace(std::move(opened));
  }
  return &*executor_;
}

Result<crypto::PublicKey> Session::public_key() {
  if (!known_key_) {
    BLC_TRY(const auto path, key_path());
    BLC_TRY(known_key_, adapters::read_public_half(path));
  }
  return *known_key_;
}

const trust::Principal* Session::known_me() {
  if (!refreshed_ || !public_key()) return nullptr;
  return log_->replay().root()->owner(*known_key_);
}

std::vector<ports::FirstUse> Session::new_uses_of_my_key() {
  const auto* const me = known_me();
  if (me == nullptr) return {};
  auto told = memory_->told_clients(me->name);
  std::vector<ports::FirstUse> uses;
  const auto here = memory_->known_client();
  for (const auto& [whose, use] : log_->replay().clients()) {
    if (use.by != me->name || use.client == here || !told.insert(use.client).second) continue;
    uses.push_back(use);
  }
  if (!uses.empty()) memory_->tell_clients(me->name, told);
  return uses;
}

Result<trust::Catalog> Session::governing_catalog(Environment environment) {
  if (environment != Environment::local) {
    BLC_TRY(auto* ledger, log());
    return *ledger->replay().catalog();
  }
  BLC_CHECK(open_practice());
  BLC_TRY(auto working, trust::Catalog::read(*files_));
  return trust::Catalog::make(1, std::move(working));
}

Result<const approval::Proposal*> Session::find_proposal(const std::string& text) {
  BLC_TRY(const auto* ledger, log());
  const auto wanted = upper(text);
  const approval::Proposal* found = nullptr;
  if (wanted.size() < kShortestSuffix) return found;
  std::size_t matches = 0;
  for (const auto& proposal : ledger->replay().proposals()) {
    if (!proposal.id.str().ends_with(wanted)) continue;
    found = &proposal;
    ++matches;
  }
  if (found != nullptr) matches += ledger->replay().run_count({.suffix = wanted});
  if (matches > 1)
    return fail(Exit::usage, fmt::format("more than one proposal or run ends with {}", wanted), "give more of its ID; blc --json inbox prints them whole");
  return found;
}

Result<const approval::Run*> Session::find_run(const std::string& text) {
  BLC_TRY(const auto* ledger, log());
  const auto wanted = upper(text);
  if (wanted.size() < kShortestSuffix)
    return fail(Exit::usage, "a run is named by its ID or at least the last six characters of it", "blc runs lists them");
  const approval::Run* found = nullptr;
  int matches = 0;
  ledger->replay().each_run({.suffix = wanted}, [&](const auto& run) {
    found = &run;
    return ++matches < 2;
  });
  if (matches > 1)
    return fail(Exit::usage, "more than one run ends with " + wanted, "give more of its ID; blc runs --json prints them whole");
  if (found == nullptr)
    return fail(Exit::usage, fmt::format("there is no run {}", text::display(text)), "blc runs lists them");
  command_log_.concerns(*found);
  return found;
}

}  // namespace blc::cli
