#include "core/tier/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "core/base/time.hpp"
#include "core/crypto/quick_digest.hpp"
#include "core/text/display.hpp"
#include "core/tier/value_faults.hpp"
#include "core/tier/values.hpp"

namespace blc::tier {

namespace {

constexpr std::size_t kShortestSecret = 8;  // shorter values are alike by chance
constexpr std::string_view kUrlSuffix = "_URL";
constexpr std::string_view kHostSuffix = "_HOST";
constexpr std::string_view kPgHost = "PGHOST";  // libpq, "Environment Variables"
constexpr std::string_view kImageSetting = "IMAGE";  // a rule about it is about the `image:` of what runs, too
constexpr const char* kImage = "image";              // as that is called
constexpr const char* kUnseen = "cannot be seen: it comes from what was not given";

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

class Checker {
 public:
  Checker(const Rule& rule, const Question& question)
      : rule_(rule), question_(question), prefix_(question.rules.prefix), by_scheme_(std::ranges::any_of(rule.settings, is_scheme_pattern)) {}

  Verdicts run() {
    switch (rule_.check) {
      case Check::set: required(); break;
      case Check::recorded: evidence(); break;
      case Check::features: features(); break;
      case Check::features_set: features_set(); break;
      case Check::agreement: agreements(); break;
      case Check::value:
      case Check::secrets:
      case Check::database:
      case Check::host:
      case Check::password: compare(); break;
      case Check::next: way(); break;
      case Check::once: notices(Notice::Kind::twice); break;
      case Check::defined: notices(Notice::Kind::undefined); break;
      case Check::one_case: one_case(); break;
      case Check::listed:
      case Check::healthy:
      case Check::hsts:
      case Check::no_sniffing:
      case Check::no_framing:
      case Check::tls:
      case Check::certificate:
      case Check::lasting: answers(); break;
      default: values(); break;
    }
    return std::move(verdicts_);
  }

 private:
  void add(Verdict::Kind kind, const std::string& subject, std::string detail, Origin origin) {
    verdicts_.found.push_back({kind, subject, std::move(detail), std::move(origin)});
  }
  // An empty fault is none.
  void judge(const std::string& subject, const std::string& fault, const Origin& origin) {
    add(fault.empty() ? Verdict::Kind::good : Verdict::Kind::bad, subject, fault, origin);
  }

  // One that is not there: it may come from a source that was not given.
  void judge_missing(const std::string& subject, const std::string& fault, const Origin& place) {
    const auto* const source = question_.configuration.may_hold(subject);
    if (source == nullptr) return judge(subject, fault, place);
    add(Verdict::Kind::maybe, subject, fmt::format("may come from the {}, which was not given", source->what), source->origin);
  }

  [[nodiscard]] bool about(std::string_view bare, const std::optional<Secret>& value = std::nullopt) const {
    const auto url = by_scheme_ && value ? parse_url(value->reveal()) : std::nullopt;
    const auto meant = [&](const std::string& pattern) {
      if (!is_scheme_pattern(pattern)) return matches(pattern, bare);
      return url && pattern.size() == url->scheme.size() + 3 && pattern.starts_with(url->scheme);
    };
    return std::ranges::any_of(rule_.settings, meant) && std::ranges::none_of(rule_.except, meant);
  }

  // Another rule of this tier, with this check, names the setting itself.
  [[nodiscard]] bool judged_by(Check check, std::string_view bare) const {
    return std::ranges::any_of(question_.rules.rules, [&](const Rule& other) {
      return &other != &rule_ && other.check == check && other.tiers.contains(question_.to) &&
             std::ranges::find(other.settings, bare) != other.settings.end();
    });
  }
  [[nodiscard]] bool left_to_another(std::string_view bare) const {
    switch (rule_.check) {
      case Check::boolean:
      case Check::no_placeholder: return judged_by(Check::on, bare);
      case Check::url: return std::ranges::find(rule_.settings, bare) == rule_.settings.end() && judged_by(Check::url, bare);
      case Check::target: return question_.own_environment;
      default: return false;
    }
  }

  // What is asked of settings that are there, even where no value is seen: a service is one, and whether a switch is on is not known.
  [[nodiscard]] bool asked_unseen() const { return rule_.check == Check::agreement || rule_.check == Check::on || rule_.check == Check::off; }

  // Calls see(name, setting) for each setting that the rule is about, that is there, not empty, and can be seen.
  template <class See>
  void each_setting(See see) {
    bool unseen = false;
    const auto& settings = question_.configuration.settings();
    const auto look = [&](const auto& named) {
      const auto& [name, setting] = named;
      const auto bare = std::string_view(name).substr(prefix_.size());
      if (!about(bare, setting.value)) return;
      unseen = unseen || !setting.value;
      // An empty one is as good as none, but a secret that is empty is known to everybody.
      if (setting.value ? setting.value->empty() && rule_.check != Check::strength : !asked_unseen()) return;
      if (!left_to_another(bare)) see(name, setting);
    };
    const bool patterns = std::ranges::any_of(rule_.settings, [](const std::string& each) { return each.contains('*') || is_scheme_pattern(each); });
    if (patterns) {
      for (auto at = settings.lower_bound(prefix_); at != settings.end() && at->first.starts_with(prefix_); ++at) look(*at);
    } else {
      for (const auto& each : std::set(rule_.settings.begin(), rule_.settings.end())) {
        if (const auto at = settings.find(prefix_ + each); at != settings.end()) look(*at);
      }
    }
    if (!verdicts_.found.empty()) return;
    if (unseen && verdicts_.why_none.empty()) verdicts_.why_none = "what is set of it cannot be seen here";
    std::vector<std::string> names;
    for (const auto& pattern : rule_.settings) names.push_back(with_prefix(prefix_, pattern));
    if (verdicts_.why_none.empty()) verdicts_.why_none = names.size() == 1 ? names.front() + " is not set here" : "none of its settings is set here";
  }

  void required() {
    for (const auto& bare : rule_.settings) {
      const auto name = prefix_ + bare;
      const auto* const setting = question_.configuration.find(name);
      if (setting == nullptr) judge_missing(name, "is not set", {question_.place, 0});
      else judge(name, setting->value && setting->value->reveal().find_first_not_of(" \t\r\n") == std::string_view::npos ? "is empty" : "", setting->origin);
    }
  }

  void values() {
    each_setting([&](const std::string& name, const Setting& setting) {
      if (!setting.value) return add(Verdict::Kind::maybe, name, kUnseen, setting.origin);
      judge(name, fault_of_value(rule_, std::string_view(name).substr(prefix_.size()), setting.value->reveal(), question_.to), setting.origin);
    });
    const auto& image = question_.configuration.image();
    if (rule_.check != Check::pinned || !image || !about(kImageSetting)) return;
    if (image->value) judge(kImage, fault_of_value(rule_, kImage, image->value->reveal(), question_.to), image->origin);
    else add(Verdict::Kind::maybe, kImage, "cannot be seen: it refers to what nothing sets here", image->origin);
  }

  void features() {
    for (const auto& feature : question_.rules.features) {
      const auto name = prefix_ + feature.setting;
      const auto* const setting = feature.setting.empty() ? nullptr : question_.configuration.find(name);
      if (setting == nullptr || !setting->value || judged_by(Check::on, feature.setting)) continue;
      const auto is = setting->value->empty() ? Switch::off : read_switch(setting->value->reveal());
      const bool wanted = feature.tiers.contains(question_.to);
      if (is == Switch::unclear) continue;  // a typed rule tells of it
      if ((is == Switch::on) == wanted) judge(name, "", setting->origin);
      else judge(name, fmt::format("is {}, and {} has {} feature {}", is == Switch::on ? "on" : "off", to_string(question_.to), wanted ? "the" : "no", feature.name), setting->origin);
    }
    if (verdicts_.found.empty()) verdicts_.why_none = "no other switch of a feature is set here";
  }

  // Of those that no rule requires: what is not set is as the application has it by itself, and nobody sees how.
  void features_set() {
    for (const auto& feature : question_.rules.features) {
      if (feature.setting.empty() || !feature.tiers.contains(question_.to) || judged_by(Check::set, feature.setting)) continue;
      const auto name = prefix_ + feature.setting;
      const auto* const setting = question_.configuration.find(name);
      if (setting == nullptr) judge_missing(name, fmt::format("is not set, and {} has the feature {}", to_string(question_.to), feature.name), {question_.place, 0});
      else judge(name, "", setting->origin);
    }
    if (verdicts_.found.empty()) verdicts_.why_none = "no feature of the tier has a switch that is not required";
  }

  void agreements() {
    each_setting([&](const std::string& name, const Setting&) {
      auto service = name.substr(prefix_.size());
      if (service.ends_with(kUrlSuffix)) service.resize(service.size() - kUrlSuffix.size());
      agreement(service, true);
    });
    const auto* const named = rule_.list.empty() ? nullptr : question_.configuration.find(prefix_ + rule_.list);
    if (named == nullptr) return;
    if (!named->value) return add(Verdict::Kind::maybe, prefix_ + rule_.list, kUnseen, named->origin);
    auto rest = named->value->reveal();
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      std::string service;
      for (const char c : word) {
        if (c != ' ') service += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      }
      if (!service.empty() && !agreement(service, false)) agreement_of_listed(service, named->origin);
    }
  }

  // Its name is a value, and is shown only where a setting has it too.
  void agreement_of_listed(const std::string& service, const Origin& origin) {
    const auto* const source = question_.configuration.may_hold(fmt::format("{}BAA_{}_", prefix_, service));
    if (source == nullptr) return judge(prefix_ + rule_.list, "names a service without BAA_<SERVICE>_DIGEST and BAA_<SERVICE>_EXPIRES", origin);
    add(Verdict::Kind::maybe, prefix_ + rule_.list, fmt::format("names a service whose agreement may come from the {}, which was not given", source->what), source->origin);
  }

  // False where nothing of it is set, and that is not told.
  bool agreement(const std::string& service, bool told) {
    const auto digest_name = fmt::format("{}BAA_{}_DIGEST", prefix_, service);
    const auto expiry_name = fmt::format("{}BAA_{}_EXPIRES", prefix_, service);
    const auto* const digest = question_.configuration.find(digest_name);
    const auto* const expiry = question_.configuration.find(expiry_name);
    if (!told && digest == nullptr && expiry == nullptr) return false;
    const auto none = Origin{question_.place, 0};
    if (digest == nullptr) judge_missing(digest_name, "is not set", none);
    else if (digest->value) judge(digest_name, fault_of_digest(digest->value->reveal()), digest->origin);
    if (expiry == nullptr) judge_missing(expiry_name, "is not set", none);
    else if (expiry->value) judge(expiry_name, fault_of_day(expiry->value->reveal()), expiry->origin);
    return true;
  }
  [[nodiscard]] static std::string fault_of_digest(std::string_view value) {
    const auto digest = Digest::parse_tagged(value);
    if (!digest || *digest == Digest()) return "is no digest like sha256:...";
    return *digest == crypto::quick_sha256("") ? "is the digest of an empty file" : "";
  }
  [[nodiscard]] std::string fault_of_day(std::string_view value) const {
    const auto day = parse_date(value);
    if (!day) return "is no day like 2026-11-22";
    return *day < question_.today ? "has passed" : "";
  }

  void compare() {
    if (question_.lower == nullptr) {
      verdicts_.why_none = fmt::format("nothing of {} was given to compare with", to_string(question_.from));
      return;
    }
    if (rule_.check == Check::secrets || rule_.check == Check::password) keep_values_below();
    if (rule_.family == Family::same) still_set();
    each_setting([&](const std::string& name, const Setting& setting) {
      const auto* const other = question_.lower->find(name);
      if (rule_.check == Check::secrets) {
        if (!is_secret(name, *setting.value)) return;
        const auto again = secrets_.find(trimmed(setting.value->reveal()));
        judge(name, again == secrets_.end() ? "" : fmt::format("has the value that {} has in {}", again->second, to_string(question_.from)), setting.origin);
      } else if (rule_.check == Check::password) {
        const auto url = parse_url(setting.value->reveal());
        if (!url || url->password.empty()) return;
        const auto again = passwords_.find(url->password);
        const auto secret = secrets_.find(url->password);
        judge(name, again != passwords_.end()   ? fmt::format("has the password that {} has in {}", again->second, to_string(question_.from))
                    : secret != secrets_.end() ? fmt::format("has as its password what {} has in {}", secret->second, to_string(question_.from))
                                               : "", setting.origin);
      } else if (other != nullptr && other->value && !other->value->empty()) {
        compare_with(name, setting, other->value->reveal());
      }
    });
    if (rule_.family == Family::same && about(kImageSetting)) same_image();
    if (verdicts_.found.empty()) verdicts_.why_none = fmt::format("nothing that {} sets as well", to_string(question_.from));
  }

  void same_image() {
    const auto& mine = question_.configuration.image();
    const auto& other = question_.lower->image();
    if (mine && mine->value && other && other->value) compare_with(kImage, *mine, other->value->reveal());
  }

  // A space at the end makes no other secret.
  static std::string_view trimmed(std::string_view value) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = value.find_first_not_of(kSpace);
    return first == std::string_view::npos ? std::string_view() : value.substr(first, value.find_last_not_of(kSpace) + 1 - first);
  }

  // What may not come again: secrets, and the passwords of URLs, which are secrets too.
  void keep_values_below() {
    for (const auto& [name, setting] : question_.lower->settings()) {
      if (!setting.value) continue;
      // A password may be anything that is set there: whatever that is called, somebody knows it.
      const bool kept = rule_.check == Check::password ? name.starts_with(prefix_) && setting.value->size() >= kShortestSecret : is_secret(name, *setting.value);
      if (kept) secrets_.emplace(trimmed(setting.value->reveal()), name);
      keep_password(name, *setting.value);
    }
    for (const auto& [password, name] : passwords_) {
      if (password.size() >= kShortestSecret) secrets_.emplace(password, name);
    }
  }

  // What the tier below sets, and must be the same, is not left out.
  void still_set() {
    for (const auto& [name, setting] : question_.lower->settings()) {
      if (!name.starts_with(prefix_) || !setting.value || setting.value->empty()) continue;
      if (!about(std::string_view(name).substr(prefix_.size()), setting.value)) continue;
      const auto* const here = question_.configuration.find(name);
      const auto fault = fmt::format("is set in {}, and not here", to_string(question_.from));
      if (here == nullptr) judge_missing(name, fault, {question_.place, 0});
      else if (here->value && here->value->empty()) judge(name, fault, here->origin);
    }
  }

  [[nodiscard]] bool is_secret(std::string_view name, const Secret& value) const {
    if (!name.starts_with(prefix_) || value.size() < kShortestSecret || is_path(value.reveal())) return false;
    return about(name.substr(prefix_.size()));
  }
  void keep_password(const std::string& name, const Secret& value) {
    const auto url = name.starts_with(prefix_) ? parse_url(value.reveal()) : std::nullopt;
    if (url && !url->password.empty()) passwords_.emplace(url->password, name);
  }

  void compare_with(const std::string& name, const Setting& setting, std::string_view other) {
    const auto value = setting.value->reveal();
    const auto from = to_string(question_.from);
    if (rule_.check == Check::value) {
      const bool same = value == other || (rule_.family == Family::differ && same_url(value, other));
      if (rule_.family == Family::differ && !same && same_key(value, other)) return judge(name, fmt::format("has the key that it has in {}", from), setting.origin);
      if (rule_.family == Family::differ) return judge(name, same ? fmt::format("has the value that it has in {}", from) : "", setting.origin);
      return judge(name, same ? "" : fmt::format("is not what it is in {} ({} there, {} here)", from, salted(other), salted(value)), setting.origin);
    }
    if (rule_.check == Check::database && (name.ends_with(kHostSuffix) || name.ends_with(kPgHost)))
      return judge(name, lower(value) == lower(other) && same_beside_host(name) ? fmt::format("names the database of {}", from) : "", setting.origin);
    const auto mine = parse_url(value);
    const auto theirs = parse_url(other);
    if (!mine || !theirs || mine->host.empty()) return;
    const bool same_host = host_of(*mine) == host_of(*theirs) && port_of(*mine) == port_of(*theirs);
    const bool same_name = path_of(*mine) == path_of(*theirs);
    if (rule_.check == Check::database) return judge(name, same_host && same_name ? fmt::format("names the database of {}", from) : "", setting.origin);
    const bool full_name = mine->host.find('.') != std::string::npos;  // others mean different machines in different places
    judge(name, same_host && full_name && !same_name ? fmt::format("names the server of {}", from) : "", setting.origin);
  }

  // The settings that with a host make the address of a database (DB_HOST, DB_PORT, DB_NAME; PGHOST, PGDATABASE) say the same in both tiers.
  [[nodiscard]] bool same_beside_host(const std::string& host) const {
    const auto stem = host.substr(0, host.size() - std::string_view("HOST").size());
    return std::ranges::all_of(std::array{"PORT", "NAME", "DB", "DATABASE"}, [&](const char* part) {
      const auto* const mine = question_.configuration.find(stem + part);
      const auto* const theirs = question_.lower->find(stem + part);
      if (mine == nullptr || theirs == nullptr) return mine == theirs;
      return mine->value && theirs->value && mine->value->reveal() == theirs->value->reveal();
    });
  }

  // Two projects of Sentry have two keys.
  static bool same_key(std::string_view value, std::string_view other) {
    return is_sentry_dsn(value) && is_sentry_dsn(other) && parse_url(value)->user == parse_url(other)->user;
  }

  // Written otherwise, and the same.
  static bool same_url(std::string_view value, std::string_view other) {
    const auto mine = parse_url(value);
    const auto theirs = parse_url(other);
    if (!mine || !theirs || mine->host.empty()) return false;
    const auto parts = [](const Url& url) { return std::tuple(url.user, url.password, host_of(url), port_of(url), path_of(url)); };
    return parts(*mine) == parts(*theirs);
  }

  // Enough to tell two values of one report apart.
  [[nodiscard]] std::string salted(std::string_view value) const { return crypto::quick_hmac_sha256(question_.salt, value).hex().substr(0, 8); }

  // What is given as the tier below is not that of another one, which would be skipped.
  void place_below() {
    const auto name = prefix_ + std::string(kTierSetting);
    const auto* const said = question_.lower == nullptr ? nullptr : question_.lower->find(name);
    if (said == nullptr || !said->value || said->value->empty()) return;
    const auto tier = parse_tier(said->value->reveal());
    if (!tier || *tier != question_.from) judge(name, fmt::format("names another tier in what was given of {}", to_string(question_.from)), said->origin);
  }

  void way() {
    place_below();
    const auto subject = fmt::format("{} to {}", to_string(question_.from), to_string(question_.to));
    const auto skipped = between(question_.from, question_.to);
    if (question_.to > question_.from) {
      std::vector<std::string_view> names;
      for (const auto tier : skipped) names.push_back(to_string(tier));
      return judge(subject, skipped.empty() ? "" : fmt::format("skips {}", fmt::join(names, " and ")), {question_.place, 0});
    }
    const auto lost = question_.rules.lost(question_.from, question_.to);
    verdicts_.good = lost.empty() ? "Going back loses no feature." : fmt::format("Going back loses {}.", listed(lost));
    judge(subject, "", {question_.place, 0});
  }

  void evidence() {
    const auto subject = std::string(to_string(question_.from));
    const Origin origin{question_.place, 0};
    if (!question_.recorded) {
      verdicts_.why_none = "no ledger was asked (--record)";
      return;
    }
    if (question_.to < question_.from) {
      verdicts_.why_none = "going back asks for none";
      return;
    }
    if (question_.lower == nullptr) return judge(subject, "was not given to look for its check (--from-env-file, --from-compose, --from-k8s)", origin);
    const auto digest = digest_of(*question_.lower, prefix_);
    const auto found = std::ranges::find(*question_.recorded, digest, &Recorded::configuration);
    judge(subject, found == question_.recorded->end() ? "has no recorded check of this configuration" : fault_of_recorded(*found), origin);
  }

  [[nodiscard]] std::string fault_of_recorded(const Recorded& recorded) const {
    if (!recorded.ready) return "did not pass its last check of this configuration";
    if (!recorded.same_rules) return "was checked by rules that have changed since";
    const auto age = (std::chrono::sys_days(question_.today) - std::chrono::sys_days(recorded.on)).count();
    return age > rule_.most ? fmt::format("was checked {} days ago, on {}; at most {} are allowed", age, blc::to_string(recorded.on), rule_.most) : "";
  }

  void notices(Notice::Kind kind) {
    for (const auto& notice : question_.configuration.notices()) {
      if (notice.kind == kind && notice.name.starts_with(prefix_)) judge(notice.name, notice.detail, notice.origin);
    }
    if (verdicts_.found.empty()) judge("", "", {question_.place, 0});
  }

  void one_case() {
    std::map<std::string, std::string> known;
    const auto small_prefix = lower(prefix_);
    for (const auto& [name, setting] : question_.configuration.settings()) {
      auto small = lower(name);
      if (!small.starts_with(small_prefix)) continue;
      const auto [other, fresh] = known.try_emplace(std::move(small), name);
      if (!fresh) judge(name, fmt::format("differs from {} only in case", other->second), setting.origin);
    }
    if (verdicts_.found.empty()) judge("", "", {question_.place, 0});
  }

  void answers() {
    const auto& probed = *question_.probed;
    auto fault = fault_of(rule_, question_.rules, probed, question_.today);
    judge(probed.subject, fault.detail, probed.origin);
    if (fault.unseen) verdicts_.found.back().remedy = fmt::format("mend what keeps {} from being looked at", probed.subject);
  }

  const Rule& rule_;
  const Question& question_;
  const std::string& prefix_;
  bool by_scheme_;
  Verdicts verdicts_;
  std::map<std::string, std::string> passwords_;       // of the tier below -> names
  std::map<std::string_view, std::string> secrets_{};  // likewise; they lie in the settings and in passwords_
};

}  // namespace

Verdicts check(const Rule& rule, const Question& question) { return Checker(rule, question).run(); }

}  // namespace blc::tier
