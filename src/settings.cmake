# One INTERFACE target carries what every target of ours is compiled with.
add_library(blc_settings INTERFACE)
# re2 brings -pthread; the precompiled header wants one flag set everywhere.
target_compile_options(blc_settings INTERFACE -pthread)
target_link_libraries(blc_settings INTERFACE Threads::Threads)
target_compile_options(blc_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Werror
  -fstack-protector-strong)
# g++ 12 reports maybe-uninitialized and null dereferences inside std::variant, std::expected and
# boost templates that cannot happen (GCC bugs 105562, 105593), and overlaps and overflows inside
# operator+(const char*, string) (GCC bug 105651); clang-tidy's analyzer and the sanitizers cover the class.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(blc_settings INTERFACE
    -Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict -Wno-stringop-overflow)
else()
  # clang blames whoever calls stable_sort for what libstdc++ 12's body of it does.
  target_compile_options(blc_settings INTERFACE -Wno-deprecated-declarations)
endif()
# An index out of its bounds ends the program instead of reading on: in every build, also the installed one.
target_compile_definitions(blc_settings INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(blc_settings INTERFACE ${PROJECT_SOURCE_DIR}/src)

set(BLC_SANITIZE "" CACHE STRING "Value for -fsanitize=, or empty")
if(BLC_SANITIZE)
  target_compile_options(blc_settings INTERFACE -fsanitize=${BLC_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(blc_settings INTERFACE -fsanitize=${BLC_SANITIZE})
  # The thread sanitizer does not see fences (g++ refuses them with it); what asio hands over, it hands over under mutexes.
  if(BLC_SANITIZE MATCHES thread)
    target_compile_definitions(blc_settings INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
else()
  target_compile_options(blc_settings INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(blc_settings INTERFACE -Wl,-z,relro,-z,now)
endif()

# What is installed links the C++ library and fmt in: a fifth of the time that blc needs to start goes into finding their
# symbols. Debian has no archive of fmt.
set(BLC_FMT fmt::fmt)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(BLC_FMT fmt::fmt-header-only)
  target_link_options(blc_settings INTERFACE -static-libstdc++ -static-libgcc)
endif()

option(BLC_FUZZ "Build libFuzzer targets (clang)" OFF)
if(BLC_FUZZ)
  target_compile_options(blc_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

option(BLC_COVERAGE "Instrument for gcov" OFF)
if(BLC_COVERAGE)
  target_compile_options(blc_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(blc_settings INTERFACE --coverage)
endif()
