// Package house holds the tests that see the whole house: the law of imports, power cuts and storms on the real clerk,
// book and WeChat Pay client, planted bugs, the pages that must say what the code does, and walks by the installation page.
//
// It ships nothing. The tests run in the root of the project, so a path in them is written as everywhere else.
package house
